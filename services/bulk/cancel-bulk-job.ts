import { sql } from 'drizzle-orm';
import type { BulkJob as View } from '#schema/api/bulk.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { change, type Decision } from '#services/kernel/change.ts';
import { guard } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { jobView } from './job-view.ts';
import { JOB_READERS, jobById, permitJob } from './own-job.ts';

/** What others lean on is worked through to its end. */
const ENDED_BY_HAND: readonly View['kind'][] = ['ticket_action', 'undo', 'incidents', 'import', 'export'];

/** Ends a job before its next chunk; what is done stays done. @throws ServiceError not_found, forbidden, conflict `job_ended`. */
export const cancelBulkJob = defineVerb({
  name: 'cancelBulkJob',
  permission: JOB_READERS,
  load: ({ jobId }: { jobId: Id<'bulk'> }) => ({ found: jobById(jobId) }),
  decide({ found }, { jobId }, { authority, now }): Decision<View> {
    const { permit, job } = permitJob(authority, found, JOB_READERS);
    if (!ENDED_BY_HAND.includes(job.kind) || job.finishedAt !== null)
      throw new ServiceError('conflict', 'This job has ended, or is not yours to end.', { reason: 'job_ended' });
    return change({
      permit,
      answer: jobView({ ...job, state: 'cancelled', finishedAt: now }),
      writes: [
        guard(
          sql`update bulk_jobs set state = 'cancelled', finished_at = ${now}::timestamptz
            where id = ${idToUuid(jobId)}::uuid and state in ('queued', 'running')`,
          1,
          'job',
        ),
      ],
      audit: { action: 'bulk_job.cancelled', target: { type: 'bulk_job', id: jobId } },
    });
  },
});
