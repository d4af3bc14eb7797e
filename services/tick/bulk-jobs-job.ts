import { parseId } from '#schema/ids.ts';
import { jobWake, staleJobsQuery } from '#services/bulk/bulk-job.ts';
import type { TickJob } from './tick-job.ts';

/** Bulk jobs that nobody has worked on for two minutes. */
export const bulkJobsJob: TickJob<{ id: string }[]> = {
  name: 'bulk_jobs',
  probe: staleJobsQuery,
  isDue: (stale) => stale.length > 0,
  run: (kernel, stale) => kernel.waker.wake(stale.map(({ id }) => jobWake(parseId('bulk', id)))),
};
