import { eq, or, type SQL, sql } from 'drizzle-orm';
import type { TicketLink } from '#schema/api/ticket-links.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketLinks, tickets } from '#schema/index.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { type LoadedTicket, type TicketRow, ticketQueries } from '#services/tickets/ticket-queries.ts';

export type LinkRow = typeof ticketLinks.$inferSelect;

/** Kinds in which one ticket stands under another: no rings, one above each, five levels. */
export const HIERARCHIES = ['parent_of', 'problem_of'] as const;
export const MOST_LEVELS = 5;
export const MOST_LINKS = 100;

/** All links of a ticket, from either end, in the order in which they were made. */
export const linksOf = (ticketId: Id<'tkt'>): Statement<LinkRow[]> =>
  statement(
    qb
      .select()
      .from(ticketLinks)
      .where(or(eq(ticketLinks.sourceId, ticketId), eq(ticketLinks.targetId, ticketId)))
      .orderBy(ticketLinks.createdAt, ticketLinks.id),
  );

/** The other ticket under names of its own, so that both stand in one load. */
export function otherTicket(where: SQL, id: SQL | Id<'tkt'>) {
  const { ticket, shares, participants } = ticketQueries(where, id);
  return { other: ticket, otherShares: shares, otherParticipants: participants };
}

export const otherOf = (loaded: {
  other: TicketRow | undefined;
  otherShares: TicketFacts['shares'];
  otherParticipants: LoadedTicket['participants'];
}): LoadedTicket => ({ ticket: loaded.other, shares: loaded.otherShares, participants: loaded.otherParticipants });

export interface Ancestor {
  id: Id<'tkt'>;
  revision: number;
  eventSeq: number;
  updatedAt: Date;
}

/** What stands above a ticket in a hierarchy, from near to far; one level more than there may be. */
export const ancestorsOf = (ticketId: Id<'tkt'>, kind: string): Statement<Ancestor[]> =>
  statement(
    qb
      .select({ id: tickets.id, revision: tickets.revision, eventSeq: tickets.eventSeq, updatedAt: tickets.updatedAt })
      .from(tickets)
      .innerJoin(
        sql`(with recursive above as (
          select l.source_id as id, 1 as distance from ticket_links l where l.kind = ${kind} and l.target_id = ${idToUuid(ticketId)}::uuid
          union all
          select l.source_id, a.distance + 1 from above a join ticket_links l on l.kind = ${kind} and l.target_id = a.id
          where a.distance <= ${MOST_LEVELS}) select * from above) above`,
        sql`above.id = ${tickets.id}`,
      )
      .orderBy(sql`above.distance`),
  );

/** How many levels stand below a ticket, at most one more than there may be. */
export const levelsBelow = (ticketId: Id<'tkt'>, kind: string): Statement<number> => {
  const query = rows<{ levels: number }>(sql`with recursive below as (
      select l.target_id as id, 1 as distance from ticket_links l where l.kind = ${kind} and l.source_id = ${idToUuid(ticketId)}::uuid
      union all
      select l.target_id, b.distance + 1 from below b join ticket_links l on l.kind = ${kind} and l.source_id = b.id
      where b.distance <= ${MOST_LEVELS})
    select coalesce(max(distance), 0) as levels from below`);
  return { ...query, read: (result) => query.read(result)[0]?.levels ?? 0 };
};

export type Direction = TicketLink['direction'];

export const linkView = (
  { id, kind, sourceId, createdAt }: LinkRow,
  ticketId: Id<'tkt'>,
  { ticket: other }: { ticket: Pick<TicketRow['ticket'], 'id' | 'number' | 'subject' | 'statusCategory'> },
): TicketLink => ({
  id,
  kind,
  direction: sourceId === ticketId ? 'source' : 'target',
  other: { id: other.id, number: other.number, subject: other.subject, statusCategory: other.statusCategory },
  createdAt: createdAt.toISOString(),
});
