import { and, isNull, type SQL, sql } from 'drizzle-orm';
import type { TicketAction } from '#schema/api/bulk.ts';
import type { Prefix } from '#schema/ids.ts';
import { inboxes, organizations, teamMemberships, teams, ticketStatuses, ticketTags } from '#schema/index.ts';
import { type Authority, authorityFromRow } from '#services/access/authority.ts';
import { membersCte } from '#services/access/authority-sql.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues } from '#services/custom-fields/merge-values.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import type { Loaded } from '#services/kernel/verb.ts';
import { statusQuery } from '#services/tickets/intake-queries.ts';
import { mayName } from '#services/tickets/requester.ts';

/** The ids, as uuids, that stand under these fields of some actions. */
const ids = (actions: SQL, prefix: Prefix, ...fields: string[]): SQL =>
  sql`array(select public.from_typeid(named.id, ${prefix}) from jsonb_array_elements(${actions}) a
    cross join unnest(array[${sql.join(
      fields.map((field) => sql`a ->> ${field}::text`),
      sql`, `,
    )}]) named (id) where named.id is not null)`;

const tagsNamed = (actions: SQL): SQL =>
  sql`jsonb_array_elements(${actions}) a cross join jsonb_array_elements_text(
    coalesce(a -> 'add', '[]') || coalesce(a -> 'remove', '[]')) named (tag)`;

/** What the actions of a macro name; `actions` is the JSON of them, or where it stands. */
export const namedByActions = (actions: SQL, now: Date) => ({
  statuses: statement(
    statusQuery().where(
      and(sql`${ticketStatuses.id} = any (${ids(actions, 'tstat', 'statusId')})`, isNull(ticketStatuses.deletedAt)),
    ),
  ),
  teams: statement(
    qb
      .select()
      .from(teams)
      .where(sql`${teams.id} = any (${ids(actions, 'team', 'assigneeTeamId', 'primaryTeamId')})`),
  ),
  inboxes: statement(
    qb
      .select()
      .from(inboxes)
      .where(sql`${inboxes.id} = any (${ids(actions, 'inbox', 'inboxId')})`),
  ),
  organizations: statement(
    qb
      .select({ id: organizations.id, shareNewTickets: organizations.shareNewTickets })
      .from(organizations)
      .where(
        and(
          sql`${organizations.id} = any (${ids(actions, 'org', 'organizationId')})`,
          isNull(organizations.archivedAt),
        ),
      ),
  ),
  known: statement(
    qb
      .select({ id: ticketTags.id, name: ticketTags.name })
      .from(ticketTags)
      .where(
        sql`${ticketTags.name} = any (array(select named.tag from ${tagsNamed(actions)}))
          or ${ticketTags.id} = any (array(select public.from_typeid(named.tag, 'ttag') from ${tagsNamed(actions)} where starts_with(named.tag, 'ttag_')))`,
      ),
  ),
  members: membersNamed(actions, now),
  memberships: statement(
    qb
      .select({ principalId: teamMemberships.principalId, teamId: teamMemberships.teamId })
      .from(teamMemberships)
      .where(sql`${teamMemberships.principalId} = any (${ids(actions, 'prin', 'assigneePrincipalId')})`),
  ),
  fields: fieldDefinitions('ticket'),
});

export type NamedByActions = Loaded<ReturnType<typeof namedByActions>>;

function membersNamed(actions: SQL, now: Date): Statement<Authority[]> {
  const query = rows<{ authority: Record<string, unknown> }>(
    sql`with ${membersCte(sql`select unnest(${ids(actions, 'prin', 'assigneePrincipalId')})`, now)}
      select to_jsonb(auth.*) as authority from auth`,
  );
  return { ...query, read: (result) => query.read(result).map(({ authority }) => authorityFromRow(authority)) };
}

/**
 * What an action names is there when it is saved; what is gone later refuses where it is applied.
 * @throws ServiceError unprocessable `unknown_reference`, `unknown_field`, `invalid_field`.
 */
export function requireNamed(actions: readonly TicketAction[], named: NamedByActions, authority: Authority): void {
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
