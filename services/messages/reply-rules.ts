import type { ON_CLOSED_REPLY, ValueOf } from '#schema/values.ts';
import { isActiveCategory } from '#services/tickets/status-machine.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';

const DAY_MS = 86_400_000;

/** What a customer's reply does to a ticket that is over; the nearest of mail channel, inbox and workspace says so. */
export interface ReplyRules {
  /** Null: without end; 0: never. */
  reopenWindowDays: number | null;
  onClosedReply: ValueOf<typeof ON_CLOSED_REPLY>;
}

export type ReplyRoute = 'add' | 'follow_up' | 'refuse';

/** Where a customer's reply on this ticket goes. The window's last millisecond still reopens. */
export function replyRoute(
  ticket: Pick<TicketRow['ticket'], 'statusCategory' | 'solvedAt' | 'mergedIntoId'>,
  { reopenWindowDays, onClosedReply }: ReplyRules,
  now: Date,
): ReplyRoute {
  if (ticket.mergedIntoId !== null) return 'follow_up';
  if (isActiveCategory(ticket.statusCategory)) return 'add';
  const reopens = ticket.statusCategory === 'solved' || onClosedReply === 'reopen';
  if (reopens && isWithin(ticket.solvedAt, reopenWindowDays, now)) return 'add';
  return onClosedReply === 'refuse' ? 'refuse' : 'follow_up';
}

const isWithin = (solvedAt: Date | null, days: number | null, now: Date): boolean =>
  days === null || (days > 0 && now.getTime() <= (solvedAt?.getTime() ?? 0) + days * DAY_MS);
