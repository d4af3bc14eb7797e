import type { Id } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { jobView } from './job-view.ts';
import { JOB_READERS, jobById, permitJob } from './own-job.ts';

/** How far a job is. @throws ServiceError not_found, forbidden. */
export const getBulkJob = defineRead({
  name: 'getBulkJob',
  permission: JOB_READERS,
  load: ({ jobId }: { jobId: Id<'bulk'> }) => ({ found: jobById(jobId) }),
  decide({ found }, _input, { authority }) {
    const { permit, job } = permitJob(authority, found, JOB_READERS);
    return unchanged(permit, jobView(job));
  },
});
