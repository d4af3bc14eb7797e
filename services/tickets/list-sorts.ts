import { type SQL, sql } from 'drizzle-orm';
import type { TICKET_SORTS } from '#schema/api/ticket-filter.ts';
import { idToUuid } from '#schema/ids.ts';
import type { tickets } from '#schema/index.ts';
import { BY_URGENCY } from '#schema/tables/tickets.ts';
import { TICKET_PRIORITIES } from '#schema/values.ts';

type Ticket = typeof tickets.$inferSelect;
export type TicketSort = (typeof TICKET_SORTS)[number];
type Place = number | null;

interface Sort {
  direction: 'asc' | 'desc';
  /** Columns in order, before the id. `place` is what a cursor keeps of a row; null stands behind everything. */
  keys: readonly { column: SQL; type: 'instant' | 'instant_or_never' | 'rank'; place(ticket: Ticket): Place }[];
  /** Each value of `is_active` has an index in this order. */
  byActivity?: true;
  activeOnly?: true;
  /** All tickets have an index in this order, and those of a team or person none. */
  ofAll?: true;
}

const instant = (column: string, place: (ticket: Ticket) => Date | null): Sort['keys'][number] => ({
  column: sql.raw(`tickets.${column}`),
  type: 'instant',
  place: (ticket) => place(ticket)?.getTime() ?? null,
});
function orNever(key: Sort['keys'][number]): Sort['keys'][number] {
  return { ...key, type: 'instant_or_never' };
}
const lastActivity = instant('last_activity_at', (ticket) => ticket.lastActivityAt);
const created = instant('created_at', (ticket) => ticket.createdAt);
const waiting = orNever(instant('customer_waiting_since', (ticket) => ticket.customerWaitingSince));
const byUrgency = TICKET_PRIORITIES.toReversed();
const priority: Sort['keys'][number] = {
  column: sql.raw(`array_position(${BY_URGENCY}, tickets.priority)`),
  type: 'rank',
  place: (ticket) => byUrgency.indexOf(ticket.priority) + 1,
};

export const SORTS: Readonly<Record<TicketSort, Sort>> = {
  '-lastActivity': { direction: 'desc', keys: [lastActivity], byActivity: true },
  lastActivity: { direction: 'asc', keys: [lastActivity], byActivity: true },
  '-created': { direction: 'desc', keys: [created], ofAll: true },
  created: { direction: 'asc', keys: [created], ofAll: true },
  priority: { direction: 'asc', keys: [priority, waiting], activeOnly: true, ofAll: true },
  waiting: { direction: 'asc', keys: [waiting], activeOnly: true, ofAll: true },
  slaDue: {
    direction: 'asc',
    keys: [orNever(instant('sla_next_due_at', (ticket) => ticket.slaNextDueAt))],
    activeOnly: true,
    ofAll: true,
  },
};

/** `s1, s2` in the order of a sort, for the rows of a branch and for all of them together. */
export const sortNames = ({ keys }: Sort): string[] => keys.map((_, i) => `s${i + 1}`);

export const placeOfTicket = ({ keys }: Sort, ticket: Ticket): [...Place[], string] => [
  ...keys.map((key) => key.place(ticket)),
  idToUuid(ticket.id),
];

/** What comes after a place. Every key of a sort runs the same way, so one comparison of rows says it. */
export function afterPlace({ direction, keys }: Sort, place: readonly unknown[]): SQL {
  const columns = keys.map(({ column, type }) =>
    type === 'instant_or_never' ? sql`coalesce(${column}, 'infinity')` : column,
  );
  const values = keys.map(({ type }, i) => {
    const value = place[i];
    if (type === 'rank') return sql`${Number(value)}::integer`;
    return value === null
      ? sql.raw(`'infinity'::timestamptz`)
      : sql`${new Date(Number(value)).toISOString()}::timestamptz`;
  });
  const id = sql`${String(place[keys.length])}::uuid`;
  const operator = sql.raw(direction === 'asc' ? '>' : '<');
  return sql`(${sql.join([...columns, sql.raw('tickets.id')], sql.raw(', '))}) ${operator} (${sql.join([...values, id], sql.raw(', '))})`;
}
