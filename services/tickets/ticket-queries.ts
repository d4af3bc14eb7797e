import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { contacts, principal, ticketParticipants, ticketShares, ticketStatuses, tickets } from '#schema/index.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { type TicketTag, tagsOfTicket } from './ticket-tags.ts';

/** A ticket with the names that its answer shows. */
export interface TicketRow {
  ticket: typeof tickets.$inferSelect;
  status: { name: string; publicLabel: string | null };
  requesterName: string | null;
  /** Their first address, a colleague's never; a door shows it to those who see contacts. */
  requesterEmail: string | null;
  assigneeName: string | null;
  /** By name. */
  tags: readonly TicketTag[];
}

export const ticketColumns = {
  ticket: tickets,
  status: { name: ticketStatuses.name, publicLabel: ticketStatuses.publicLabel },
  requesterName: sql<string | null>`coalesce(${contacts.name}, requester.display_name)`,
  requesterEmail: sql<string | null>`case when ${tickets.requesterContactId} is not null
    then (select e.email from contact_emails e where e.contact_id = ${tickets.requesterContactId} and e.is_primary)
    else (select u.email from "user" u where u.id = requester.user_id and requester.member_state is null) end`,
  assigneeName: sql<string | null>`assignee.display_name`,
  tags: tagsOfTicket(),
};

/** `select … from tickets` with its names, and columns that a caller wants beside; callers add `where`, order and limit. */
export const selectTickets = <More extends Record<string, SQL> = Record<never, never>>(more = {} as More) =>
  qb
    .select({ ...ticketColumns, ...more })
    .from(tickets)
    .innerJoin(ticketStatuses, eq(ticketStatuses.id, tickets.statusId))
    .leftJoin(contacts, eq(contacts.id, tickets.requesterContactId))
    .leftJoin(sql`${principal} requester`, sql`requester.id = ${tickets.requesterPrincipalId}`)
    .leftJoin(sql`${principal} assignee`, sql`assignee.id = ${tickets.assigneePrincipalId}`);

/** One ticket, a live one unless said, and what access to it depends on. */
export const ticketQueries = (where: SQL, ticketId: SQL | Id<'tkt'>, which = isNull(tickets.deletedAt)) => ({
  ticket: one(statement(selectTickets().where(and(where, which)))) as Statement<TicketRow | undefined>,
  shares: statement(
    qb
      .select({ teamId: ticketShares.teamId, level: ticketShares.level })
      .from(ticketShares)
      .where(and(sql`${ticketShares.ticketId} = ${idOf(ticketId)}`, isNull(ticketShares.revokedAt))),
  ),
  participants: statement(
    qb
      .select({ principalId: ticketParticipants.principalId })
      .from(ticketParticipants)
      .where(
        and(
          sql`${ticketParticipants.ticketId} = ${idOf(ticketId)}`,
          sql`${ticketParticipants.principalId} is not null`,
        ),
      ),
  ),
});

export const ticketById = (id: Id<'tkt'>, which?: SQL) => ticketQueries(eq(tickets.id, id), id, which);

export const ticketByNumber = (number: number) =>
  ticketQueries(eq(tickets.number, number), sql`(select id from tickets where number = ${number})`);

export interface LoadedTicket {
  ticket: TicketRow | undefined;
  shares: readonly { teamId: Id<'team'>; level: TicketFacts['shares'][number]['level'] }[];
  participants: readonly { principalId: Id<'prin'> | null }[];
}

export function factsOf({ ticket, shares, participants }: LoadedTicket): TicketFacts | undefined {
  if (ticket === undefined) return undefined;
  return factsOfRow(
    ticket.ticket,
    shares,
    participants.flatMap(({ principalId }) => principalId ?? []),
  );
}

export const factsOfRow = (
  row: Pick<
    typeof tickets.$inferSelect,
    'visibility' | 'primaryTeamId' | 'assigneeTeamId' | 'inboxId' | 'assigneePrincipalId' | 'createdByPrincipalId'
  >,
  shares: TicketFacts['shares'] = [],
  participantIds: TicketFacts['participantIds'] = [],
): TicketFacts => ({
  visibility: row.visibility,
  primaryTeamId: row.primaryTeamId,
  assigneeTeamId: row.assigneeTeamId,
  inboxId: row.inboxId,
  assigneePrincipalId: row.assigneePrincipalId,
  createdByPrincipalId: row.createdByPrincipalId,
  shares,
  participantIds,
});

/** The first row or nothing, for reads by a unique key. */
export const one = <T>(many: Statement<T[]>): Statement<T | undefined> => ({
  ...many,
  read: (result) => many.read(result)[0],
});

const idOf = (ticketId: SQL | Id<'tkt'>): SQL =>
  typeof ticketId === 'string' ? sql`${sql.param(ticketId, tickets.id)}` : ticketId;
