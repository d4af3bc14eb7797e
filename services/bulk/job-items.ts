import { and, asc, eq, sql } from 'drizzle-orm';
import type { BulkResult } from '#schema/api/bulk.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { bulkJobItems } from '#schema/index.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import { hanging } from '#services/kernel/together.ts';
import { CHUNK_ITEMS } from './bulk-job.ts';

/** A ticket that a job has not come to yet. */
export interface PendingItem {
  position: number;
  ticketId: Id<'tkt'>;
  /** As it was when what is done to it was chosen; one that moved since is left for the next chunk, which chooses anew. */
  revision?: number;
}

export const pendingItems = (jobId: Id<'bulk'>): Statement<PendingItem[]> => {
  const query = statement(
    qb
      .select({ position: bulkJobItems.position, targetId: bulkJobItems.targetId })
      .from(bulkJobItems)
      .where(and(eq(bulkJobItems.jobId, jobId), eq(bulkJobItems.state, 'pending')))
      .orderBy(asc(bulkJobItems.position))
      .limit(CHUNK_ITEMS),
  );
  return {
    ...query,
    read: (result) =>
      query
        .read(result)
        .flatMap(({ position, targetId }) =>
          targetId === null ? [] : [{ position, ticketId: uuidToId('tkt', targetId) }],
        ),
  };
};

type Outcome = Omit<BulkResult, 'id'> & { position: number };

/**
 * What became of a chunk's items, in the commit of their effects: a twin that was first, or a job that was ended
 * meanwhile, rolls all of it back. The job is done when nothing is pending any more.
 */
export function recordOutcomes(jobId: Id<'bulk'>, outcomes: readonly Outcome[], now: Date): Statement {
  const job = sql`${idToUuid(jobId)}::uuid`;
  const done = sql`jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as done(position integer, state text, code text, reason text)`;
  const count = (states: readonly string[]) => outcomes.filter(({ state }) => states.includes(state)).length;
  const items = sql`update bulk_job_items i set state = done.state, code = done.code, reason = done.reason
    from ${done} where i.job_id = ${job} and i.position = done.position and i.state = 'pending'`;
  const counters = sql`update bulk_jobs set succeeded = succeeded + ${count(['ok'])}, unchanged = unchanged + ${count(['unchanged'])},
      failed = failed + ${count(['refused', 'conflict'])}, heartbeat_at = ${now}::timestamptz,
      state = case when left_over.any then 'running' else 'done' end,
      finished_at = case when left_over.any then null else ${now}::timestamptz end
    from (select exists (select from bulk_job_items where job_id = ${job} and state = 'pending'
      and position <> all (${`{${outcomes.map(({ position }) => position).join(',')}}`}::integer[])) as any) left_over
    where id = ${job} and bulk_jobs.state in ('queued', 'running')`;
  return hanging('either', [
    { sql: items, guard: { rows: outcomes.length, what: 'job items' } },
    { sql: counters, guard: { rows: 1, what: 'job' } },
  ]);
}

/** Ends a job whose asker may not act any more: what is left is refused. */
export const refuseRest = (jobId: Id<'bulk'>, now: Date): Statement =>
  run(sql`with refused as (
      update bulk_job_items set state = 'refused', code = 'forbidden', reason = 'authority_lost'
      where job_id = ${idToUuid(jobId)}::uuid and state = 'pending' returning 1)
    update bulk_jobs set failed = failed + (select count(*) from refused), state = 'done', heartbeat_at = ${now}::timestamptz,
      finished_at = ${now}::timestamptz
    where id = ${idToUuid(jobId)}::uuid and state in ('queued', 'running')`);
