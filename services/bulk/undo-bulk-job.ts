import { sql } from 'drizzle-orm';
import type { BulkJob as View } from '#schema/api/bulk.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Decision } from '#services/kernel/change.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { Act } from './deeds.ts';
import { jobById, permitJob } from './own-job.ts';
import { LIMITED_KINDS, newJob, requireRoom, startJob } from './submit-job.ts';

const UNDO_WITHIN_MS = 24 * 60 * 60_000;
const UNDOABLE: readonly View['kind'][] = ['ticket_action', 'incidents'];
const LASTING: readonly Act['type'][] = ['message', 'subscribe'];

/**
 * Takes back what a job changed, in a job of its own: each field that still is what the job made it, as the caller may
 * change it now. @throws ServiceError not_found, forbidden, conflict `not_undoable`, unprocessable `limit_reached`.
 */
export const undoBulkJob = defineVerb({
  name: 'undoBulkJob',
  permission: 'ticket.bulk_operate',
  load: ({ jobId }: { jobId: Id<'bulk'> }, { auth }) => ({
    found: jobById(jobId),
    running: runningQuery(sql`with ${auth}
      select count(*)::int as running from bulk_jobs where actor_id = (select principal_id from auth)
        and kind in ${LIMITED_KINDS} and state in ('queued', 'running')`),
  }),
  decide({ found, running }, { jobId }, by): Decision<{ job: View }> {
    const { permit, job } = permitJob(by.authority, found);
    const action = (job.params as { action?: Act }).action;
    const late = job.finishedAt === null || by.now.getTime() - job.finishedAt.getTime() > UNDO_WITHIN_MS;
    if (!UNDOABLE.includes(job.kind) || action === undefined || LASTING.includes(action.type) || late)
      throw new ServiceError('conflict', 'This job cannot be undone, or not any more.', { reason: 'not_undoable' });
    requireRoom({ found: 0, running });
    const undo = { ...newJob('undo', {}, by), undoOfId: jobId, total: job.succeeded };
    const picked = sql`picked as (select target_id as id, position as at, true as seen, null::integer as seq from bulk_job_items
      where job_id = ${idToUuid(jobId)}::uuid and state = 'ok')`;
    return startJob(permit, undo, picked);
  },
});

function runningQuery(text: Parameters<typeof rows>[0]): Statement<number> {
  const query = rows<{ running: number }>(text);
  return { ...query, read: (result) => query.read(result)[0]?.running ?? 0 };
}
