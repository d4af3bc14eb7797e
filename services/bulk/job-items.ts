import { and, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm';
import type { BulkResult } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { bulkJobs } from '#schema/index.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import { hanging } from '#services/kernel/together.ts';
import { type BulkJob, CHUNK_ITEMS } from './bulk-job.ts';

/** A ticket that a job has not come to yet. */
export interface PendingItem {
  position: number;
  ticketId: Id<'tkt'>;
}

/** What a chunk writes of the words of its action, some times over, stays far below the memory of a Worker. */
const CHUNK_CHARACTERS = 2_000_000;
const FEWEST_ITEMS = 10;

/** The next of a job's items, as a subquery: fewer of an action with many words. */
const pendingOf = (jobId: Id<'bulk'>, columns: SQL): SQL =>
  sql`select ${columns} from bulk_job_items i where i.job_id = ${idToUuid(jobId)}::uuid and i.state = 'pending' and i.target_id is not null
    order by i.position limit (select least(${CHUNK_ITEMS}::int, greatest(${FEWEST_ITEMS}::int, ${CHUNK_CHARACTERS}::int / length(params::text)))
      from bulk_jobs where id = ${idToUuid(jobId)}::uuid)`;

/** Their tickets, with the newest message that whoever asked has read. */
export const pendingTickets = (jobId: Id<'bulk'>): SQL =>
  pendingOf(jobId, sql.raw("i.target_id, (i.input ->> 'messageSeq')::integer"));

export const pendingIds = (jobId: Id<'bulk'>): SQL => pendingOf(jobId, sql.raw('i.target_id'));

/** A job that has not ended, and what it has to do next. */
export const unfinishedWork = (jobId: Id<'bulk'>): Statement<{ job: BulkJob; pending: PendingItem[] }[]> =>
  statement(
    qb
      .select({
        job: getTableColumns(bulkJobs),
        pending: sql<
          PendingItem[]
        >`(select coalesce(jsonb_agg(jsonb_build_object('position', p.position, 'ticketId', public.to_typeid('tkt', p.target_id))
          order by p.position), '[]') from (${pendingOf(jobId, sql.raw('i.position, i.target_id'))}) p)`,
      })
      .from(bulkJobs)
      .where(and(eq(bulkJobs.id, jobId), inArray(bulkJobs.state, ['queued', 'running']))),
  );

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
