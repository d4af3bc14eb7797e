import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { bulkJobs } from '#schema/index.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';
import type { Wake } from '#services/kernel/wake.ts';

export type BulkJob = typeof bulkJobs.$inferSelect;

/** What one message works through at most; then the job wakes itself again. */
export const CHUNK_ITEMS = 500;

export const jobWake = (jobId: Id<'bulk'>): Wake => ({ queue: 'events', message: { kind: 'bulk_job', id: jobId } });

/** Counts a chunk in the commit of its effects; a job that was ended meanwhile, or is `still` not what it was, rolls it back. */
export const countChunk = (
  jobId: Id<'bulk'>,
  done: number,
  last: boolean,
  now: Date,
  still = sql.raw('true'),
): Statement =>
  run(sql`with w as (
    update bulk_jobs set total = total + ${done}, succeeded = succeeded + ${done}, heartbeat_at = ${now}::timestamptz,
      state = ${last ? 'done' : 'running'}, finished_at = ${last ? now : null}::timestamptz
    where id = ${idToUuid(jobId)}::uuid and state in ('queued', 'running') and ${still} returning 1)
    select public.require_rows((select count(*) from w), 1::bigint, 'job')`);

const STALE_MS = 2 * 60_000;

/** Jobs that nobody works on: their wake-up was lost, or their consumer died. */
export const staleJobsQuery = (now: Date): Statement<{ id: string }[]> =>
  rows<{ id: string }>(sql`
    select public.to_typeid('bulk', id) as id from bulk_jobs
    where state in ('queued', 'running') and heartbeat_at < ${new Date(now.getTime() - STALE_MS).toISOString()}::timestamptz
    order by heartbeat_at limit 100`);
