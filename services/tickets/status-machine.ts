import type { Id } from '#schema/ids.ts';
import type { tickets } from '#schema/index.ts';
import { ACTIVE_CATEGORIES, type STATUS_CATEGORIES, type ValueOf } from '#schema/values.ts';

type Ticket = typeof tickets.$inferSelect;
export type StatusCategory = ValueOf<typeof STATUS_CATEGORIES>;

export interface Status {
  id: Id<'tstat'>;
  name: string;
  category: StatusCategory;
  publicLabel: string | null;
}

export const isActiveCategory = (category: StatusCategory): boolean =>
  (ACTIVE_CATEGORIES as readonly string[]).includes(category);

/**
 * What a move to another status changes beside the status: the instants of solving, closing and reopening. Any category
 * may follow any; moving between active ones only drops a wake-up that is not set anew.
 */
export function statusMove(ticket: Ticket, to: Status, now: Date, wakeAt: Date | null = null): Partial<Ticket> {
  const move: Partial<Ticket> = {
    statusId: to.id,
    statusCategory: to.category,
    isActive: isActiveCategory(to.category),
    wakeAt,
  };
  const settled = { customerWaitingSince: null, firstSolvedAt: ticket.firstSolvedAt ?? now };
  if (to.category === 'solved') {
    const solvedAt = ticket.statusCategory === 'closed' ? (ticket.solvedAt ?? now) : now;
    return ticket.statusCategory === 'solved' ? move : { ...move, ...settled, solvedAt, closedAt: null };
  }
  if (to.category === 'closed') {
    return ticket.statusCategory === 'closed'
      ? move
      : { ...move, ...settled, solvedAt: ticket.solvedAt ?? now, closedAt: now };
  }
  if (isActiveCategory(ticket.statusCategory)) return move;
  return { ...move, solvedAt: null, closedAt: null, reopenedAt: now, reopenCount: ticket.reopenCount + 1 };
}
