import type { SQL } from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import type { TicketAction } from '#schema/api/bulk.ts';
import type { Id, Prefix } from '#schema/ids.ts';
import { inboxes, organizations, teamMemberships, teams, ticketFields, ticketStatuses } from '#schema/index.ts';
import { type Authority, authorityFromRow } from '#services/access/authority.ts';
import { membersCte } from '#services/access/authority-sql.ts';
import type { FieldDefinition } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues } from '#services/custom-fields/merge-values.ts';
import { rowsOf } from '#services/kernel/json-rows.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { mayName } from '#services/tickets/requester.ts';
import type { TicketTag } from '#services/tickets/ticket-tags.ts';

/** The ids, as uuids, that stand under these fields of the actions `asked`. */
const ids = (prefix: Prefix, ...fields: string[]): SQL =>
  sql.raw(`array(select public.from_typeid(named.id, '${prefix}') from jsonb_array_elements((select actions from asked)) a
    cross join unnest(array[${fields.map((field) => `a #>> '{${field}}'`).join(', ')}]) named (id) where named.id is not null)`);

const TAGS_NAMED = sql.raw(`jsonb_array_elements((select actions from asked)) a cross join jsonb_array_elements_text(
    coalesce(a -> 'add', '[]') || coalesce(a -> 'remove', '[]')) named (tag)`);

const all = (table: string, condition: SQL, row = sql.raw('to_jsonb(x)')): SQL =>
  sql`(select jsonb_agg(${row}) from ${sql.raw(table)} x where ${condition})`;

type Kept<T extends { $inferSelect: unknown }> = T['$inferSelect'][];

/** What some actions name, and what every one of them may ask: default statuses and fields. */
export interface Named {
  statuses: Kept<typeof ticketStatuses>;
  teams: Kept<typeof teams>;
  inboxes: Kept<typeof inboxes>;
  organizations: Kept<typeof organizations>;
  known: TicketTag[];
  members: Authority[];
  memberships: { principalId: Id<'prin'>; teamId: Id<'team'> }[];
  fields: FieldDefinition[];
}

type NamedJson = Record<Exclude<keyof Named, 'known'>, Record<string, unknown>[] | null> & {
  known: TicketTag[] | null;
};

/** All that actions name in one statement; `actions` is the JSON of them, or where it stands. */
export function namedByActions(actions: SQL, now: Date): Statement<Named> {
  const query = rows<NamedJson>(sql`
    with asked as materialized (select ${actions} as actions), ${membersCte(sql`select unnest(${ids('prin', 'assigneePrincipalId')})`, now)}
    select
      ${all('ticket_statuses', sql`x.deleted_at is null and (x.is_default or x.id = any (${ids('tstat', 'statusId', 'to,statusId')}))`)} as statuses,
      ${all('teams', sql`x.id = any (${ids('team', 'assigneeTeamId', 'primaryTeamId')})`)} as teams,
      ${all('inboxes', sql`x.id = any (${ids('inbox', 'inboxId')})`)} as inboxes,
      ${all('organizations', sql`x.id = any (${ids('org', 'organizationId')}) and x.archived_at is null`)} as organizations,
      ${all(
        'ticket_tags',
        sql`x.name = any (array(select named.tag from ${TAGS_NAMED}))
          or x.id = any (array(select public.from_typeid(named.tag, 'ttag') from ${TAGS_NAMED} where starts_with(named.tag, 'ttag_')))`,
        sql`jsonb_build_object('id', public.to_typeid('ttag', x.id), 'name', x.name)`,
      )} as known,
      ${all('auth', sql`true`)} as members,
      ${all('team_memberships', sql`x.principal_id = any (${ids('prin', 'assigneePrincipalId')})`)} as memberships,
      ${all('ticket_fields', sql`x.applies_to = 'ticket'`, sql`to_jsonb(x) || jsonb_build_object('min', x.min::text, 'max', x.max::text)`)} as fields`);
  return {
    ...query,
    read(result) {
      const [found] = query.read(result) as [NamedJson];
      return {
        statuses: rowsOf(ticketStatuses, found.statuses),
        teams: rowsOf(teams, found.teams),
        inboxes: rowsOf(inboxes, found.inboxes),
        organizations: rowsOf(organizations, found.organizations),
        known: found.known ?? [],
        members: (found.members ?? []).map(authorityFromRow),
        memberships: rowsOf(teamMemberships, found.memberships),
        fields: rowsOf(ticketFields, found.fields),
      };
    },
  };
}

/**
 * What an action names is there when it is saved; what is gone later refuses where it is applied.
 * @throws ServiceError unprocessable `unknown_reference`, `unknown_field`, `invalid_field`.
 */
export function requireNamed(actions: readonly TicketAction[], named: Named, authority: Authority): void {
  const there = new Set<unknown>([
    ...named.statuses.map(({ id }) => id),
    ...named.teams.filter(({ archivedAt }) => archivedAt === null).map(({ id }) => id),
    ...named.inboxes.filter(({ archivedAt }) => archivedAt === null).map(({ id }) => id),
    ...(mayName(authority) ? named.organizations.map(({ id }) => id) : []),
    ...named.members.map(({ principalId }) => principalId),
    ...named.known.map(({ id }) => id),
  ]);
  for (const [i, action] of actions.entries()) {
    const pointer = `/actions/${i}`;
    for (const [field, value] of Object.entries(action)) {
      if (field.endsWith('Id') && value !== null && !there.has(value)) throw unknownReference(`${pointer}/${field}`);
      if (field === 'add' || field === 'remove')
        for (const tag of value as readonly string[])
          if (tag.startsWith('ttag_') && !there.has(tag)) throw unknownReference(`${pointer}/${field}`);
    }
    if (action.type === 'fields') mergeFieldValues(named.fields, {}, action.customFields, `${pointer}/customFields`);
  }
}
