import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { systemPermit } from '#services/access/permit.ts';
import { anyToMove, moveStatement, type TicketMove } from '#services/directory/move-tickets.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { guard, type Statement } from '#services/kernel/query.ts';
import type { ChunkOfLeftOver } from './left-over.ts';

/** One chunk of the tickets that move. Only the commit learns whether some are left, so the job is woken once more. */
export const moveTicketsOfJob: ChunkOfLeftOver = (_loaded, { id: jobId, params }, by) => {
  const move = params as unknown as TicketMove;
  return change({
    permit: systemPermit('bulk_job'),
    answer: { more: true },
    writes: [moveStatement(move, { cause: 'bulk', actor: systemActor(), jobId }, by), countMoved(jobId, move, by.now)],
    // The change of the contact or organisation is audited; what the job does stands in the activity of each ticket.
    audit: null,
  });
};

function countMoved(jobId: Id<'bulk'>, move: TicketMove, now: Date): Statement {
  const job = sql`${idToUuid(jobId)}::uuid`;
  return guard(
    sql`update bulk_jobs set total = moved.n, succeeded = moved.n, heartbeat_at = ${now}::timestamptz,
        state = case when moved.left_over then 'running' else 'done' end,
        finished_at = case when moved.left_over then null else ${now}::timestamptz end
      from (select (select count(*) from ticket_activity where bulk_job_id = ${job}) as n, ${anyToMove(move)} as left_over) moved
      where id = ${job} and state in ('queued', 'running') and params ->> 'to' is not distinct from ${move.to}::text`,
    1,
    'job',
  );
}
