import { type SQL, sql } from 'drizzle-orm';
import { ticketStatuses, ticketSubscriptions, tickets } from '#schema/index.ts';
import { rowsOf } from '#services/kernel/json-rows.ts';
import { roomToFollow } from '#services/tickets/subscribe.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';

/** What only some actions ask of a ticket, as columns of its row. */
export interface AskedOfTicket {
  /** Its status was deleted while it lay in the trash. */
  statusGone: boolean;
  /** Its assignee has left the staff since. */
  assigneeGone: boolean;
  /** How whoever asks follows it, where that is asked. */
  following: object | null;
  followersFull: boolean;
}

/** Whether the JSON `acts` has an action of one of these types. */
export const includes = (acts: SQL, ...types: readonly string[]): SQL =>
  sql`${acts} @? ${`$[*].type ? (${types.map((type) => `@ == "${type}"`).join(' || ')})`}::jsonpath`;

/** The columns; `follower` is whoever would follow, as an expression, or null where nobody would. */
export function askedColumns(acts: SQL, follower: SQL | null) {
  const follows = follower === null ? sql`false` : includes(acts, 'subscribe');
  return {
    statusGone: sql<boolean>`${ticketStatuses.deletedAt} is not null`,
    assigneeGone: sql<boolean>`coalesce(assignee.member_state = 'removed', false)`,
    following: sql<object | null>`case when ${follows} then (select to_jsonb(s) from ticket_subscriptions s
      where s.ticket_id = ${tickets.id} and s.principal_id = ${follower}) end`,
    followersFull: sql<boolean>`${follows} and ${roomToFollow(sql`${tickets.id}`)} <= 0`,
  };
}

/** The same as the verbs on one ticket load it; with it what was merged into it. */
export const askedOf = (
  row: (TicketRow & AskedOfTicket) | undefined,
  sources: readonly (TicketRow & AskedOfTicket)[],
) => ({
  sources,
  goneStatuses: [row, ...sources].flatMap((each) => (each?.statusGone ? [each.ticket.statusId] : [])),
  goneMembers: [row, ...sources].flatMap((each) => (each?.assigneeGone ? [each.ticket.assigneePrincipalId] : [])),
  found: rowsOf(ticketSubscriptions, row?.following ? [row.following] : null),
  full: row?.followersFull ? [{ ticketId: row.ticket.id }] : [],
});
