import { sql } from 'drizzle-orm';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { type DueMove, moveDue } from './due-moves.ts';

/**
 * Closes what has been solved for long enough: the days of its inbox, else of the workspace; null is never. A solved ticket
 * has no open clock, so nothing needs a decision. Answers how many.
 */
export const autoClose = (kernel: Kernel): Promise<number> => moveDue(kernel, closing(kernel.now));

function closing(now: Date): DueMove {
  const at = sql`${now.toISOString()}::timestamptz`;
  return {
    cause: 'auto_close',
    from: sql`tickets t cross join ticket_settings w left join inboxes i on i.id = t.inbox_id
      join ticket_statuses s on s.category = 'closed' and s.is_default and s.deleted_at is null`,
    // The shortest time of all bounds the walk of the index; each ticket's own decides.
    where: sql`t.status_category = 'solved' and t.deleted_at is null
      and t.solved_at <= ${at} - make_interval(days => (
        select min(days) from (select auto_close_days as days from ticket_settings
          union all select (ticket_overrides->>'autoCloseDays')::int from inboxes) every))
      and t.solved_at + make_interval(days => case when i.ticket_overrides ? 'autoCloseDays'
        then (i.ticket_overrides->>'autoCloseDays')::int else w.auto_close_days end) <= ${at}`,
    order: sql`t.solved_at`,
    set: sql`closed_at = ${at}, customer_waiting_since = null`,
    changes: sql`'[]'::jsonb`,
  };
}
