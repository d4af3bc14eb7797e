import type { Id } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { jobView } from './job-view.ts';
import { jobById, permitJob } from './own-job.ts';

/** How far a job is. @throws ServiceError not_found, forbidden. */
export const getBulkJob = defineRead({
  name: 'getBulkJob',
  permission: 'ticket.bulk_operate',
  load: ({ jobId }: { jobId: Id<'bulk'> }) => ({ found: jobById(jobId) }),
  decide({ found }, _input, { authority }) {
    const { permit, job } = permitJob(authority, found);
    return unchanged(permit, jobView(job));
  },
});
