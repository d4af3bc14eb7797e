import { type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { ActivityData } from '#schema/tables/ticket-activity.ts';
import { notFound } from '#services/access/permit.ts';
import { none, rows, type Statement } from '#services/kernel/query.ts';
import { rewind } from './rewind.ts';
import type { TicketRow } from './ticket-queries.ts';
import { byName } from './ticket-tags.ts';

/** A moment of the past: an instant, or a revision of the ticket. */
export type Moment = { at: Date } | { revision: number };

/** When a moment of the past ended: what was said after it is left out. */
export const momentEnd = (ticketId: Id<'tkt'>, moment: Moment): SQL => {
  const ticket = sql`${idToUuid(ticketId)}::uuid`;
  return 'at' in moment
    ? sql`${moment.at}::timestamptz`
    : sql`coalesce((select min(f.created_at) - interval '1 microsecond' from ticket_activity f
        where f.ticket_id = ${ticket} and f.revision > ${moment.revision}::integer), 'infinity')`;
};

/** Entries of history that one answer goes back over. */
const MOST_ENTRIES = 1000;

export interface LaterEntry extends Record<string, unknown> {
  revision: number;
  version: number | null;
  created_at: string;
  data: ActivityData;
}

/**
 * The entries after a moment, in order. An instant cuts before the first revision that was made after it, so that what one
 * commit wrote stays together.
 */
export function laterEntries(ticketId: Id<'tkt'>, moment: Moment | undefined): Statement<LaterEntry[]> {
  if (moment === undefined) return none<LaterEntry>();
  const ticket = sql`${idToUuid(ticketId)}::uuid`;
  return rows<LaterEntry>(sql`
    select revision, version, created_at, data from ticket_activity
    where ticket_id = ${ticket} and revision >= ${firstAfter(ticket, moment)}
    order by revision, id limit ${MOST_ENTRIES + 1}`);
}

const firstAfter = (ticket: SQL, moment: Moment): SQL =>
  'revision' in moment
    ? sql`${moment.revision + 1}::integer`
    : sql`(select min(f.revision) from ticket_activity f where f.ticket_id = ${ticket} and f.created_at > ${moment.at}::timestamptz)`;

/** What ids of the past are called now; what is gone has no name. */
export type PastNames = readonly { kind: string; id: string; name: string; category: string | null }[];

/** The names of what a ticket had after a moment and has no more, and of all statuses. */
export function pastNames(ticketId: Id<'tkt'>, moment: Moment | undefined): Statement<PastNames> {
  if (moment === undefined) return none<PastNames[number]>();
  const ticket = sql`${idToUuid(ticketId)}::uuid`;
  return rows<PastNames[number]>(sql`
    with moved as materialized (
      select each ->> 'field' as field, each -> 'from' as was from ticket_activity a
        cross join jsonb_array_elements(coalesce(a.data -> 'changes', '[]')) each
      where a.ticket_id = ${ticket} and a.revision >= ${firstAfter(ticket, moment)}),
    named as (select field, was #>> '{}' as id from moved where jsonb_typeof(was) = 'string'
      union select field, jsonb_array_elements_text(was) from moved where field = 'tags' and jsonb_typeof(was) = 'array')
    select 'status' as kind, public.to_typeid('tstat', id) as id, name, category from ticket_statuses
    union all select 'person', public.to_typeid('prin', p.id), p.display_name, null from principal p
      where p.id in (select public.from_typeid(id, 'prin') from named where field in ('assigneePrincipalId', 'requesterPrincipalId'))
    union all select 'contact', public.to_typeid('contact', c.id), coalesce(c.name, ''), null from contacts c
      where c.id in (select public.from_typeid(id, 'contact') from named where field = 'requesterContactId')
    union all select 'tag', public.to_typeid('ttag', g.id), g.name, null from ticket_tags g
      where g.id in (select public.from_typeid(id, 'ttag') from named where field = 'tags')`);
}

/** @throws ServiceError not_found before the ticket was there, or for a revision that it has not had. */
export function requireThere(ticket: Pick<TicketRow['ticket'], 'revision' | 'createdAt'>, moment: Moment): void {
  if ('revision' in moment ? moment.revision > ticket.revision : moment.at < ticket.createdAt) throw notFound();
}

/**
 * The present row without what happened since. Fields outside the history are as they are now, versions as they were.
 * @throws ServiceError not_found before the ticket was there, unprocessable `history_too_long`.
 */
export function ticketAsOf(
  row: TicketRow,
  entries: readonly LaterEntry[],
  moment: Moment,
  names: PastNames,
): TicketRow {
  const { ticket } = row;
  requireThere(ticket, moment);
  if (entries.length > MOST_ENTRIES) {
    throw new ServiceError('unprocessable', `More than ${MOST_ENTRIES} things happened to the ticket since.`, {
      reason: 'history_too_long',
    });
  }
  const tagIds = row.tags.map(({ id }) => id);
  const { tags, ...past } = rewind(
    { ...ticket, tags: tagIds } as Record<string, unknown>,
    entries.map(({ data }) => data),
  );
  const then = past as TicketRow['ticket'];
  const named = (kind: string, id: string | null) => names.find((each) => each.kind === kind && each.id === id);
  const status = named('status', then.statusId);
  const firstVersion = entries.find(({ version }) => version !== null)?.version;
  const asker = then.requesterContactId ?? then.requesterPrincipalId;
  const isSame = asker === (ticket.requesterContactId ?? ticket.requesterPrincipalId);
  return {
    ...row,
    ticket: {
      ...then,
      statusCategory: (status?.category ?? then.statusCategory) as TicketRow['ticket']['statusCategory'],
      version: firstVersion == null ? ticket.version : firstVersion - 1,
      revision: entries[0] === undefined ? ticket.revision : entries[0].revision - 1,
      wakeAt: instantOf(then.wakeAt),
      deletedAt: instantOf(then.deletedAt),
    },
    status: status === undefined ? row.status : { name: status.name, publicLabel: null },
    requesterName: isSame ? row.requesterName : ((named('contact', asker) ?? named('person', asker))?.name ?? null),
    requesterEmail: isSame ? row.requesterEmail : null,
    assigneeName:
      then.assigneePrincipalId === ticket.assigneePrincipalId
        ? row.assigneeName
        : (named('person', then.assigneePrincipalId)?.name ?? null),
    tags: (tags as Id<'ttag'>[])
      .flatMap((id) => row.tags.find((tag) => tag.id === id) ?? { id, name: named('tag', id)?.name ?? '' })
      .filter(({ name }) => name !== '')
      .sort(byName),
  };
}

/** History keeps instants as text. */
const instantOf = (value: unknown): Date | null => (value === null ? null : new Date(value as string | Date));
