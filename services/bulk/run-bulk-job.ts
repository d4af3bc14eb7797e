import type { Id } from '#schema/ids.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { jobWake, unfinishedJob } from './bulk-job.ts';
import { releaseAssignee } from './release-assignee.ts';

/** Works through one chunk of a job, and wakes it again while something is left. An ended job is left alone. */
export async function runBulkJob(kernel: Kernel, jobId: Id<'bulk'>): Promise<void> {
  const [[job]] = await kernel.db.batch([unfinishedJob(jobId)], { kind: 'load' });
  if (job === undefined) return;
  if (job.kind !== 'release_assignee') throw new TypeError(`no consumer for jobs of kind ${job.kind}`);
  const { more } = await releaseAssignee(kernel, job);
  if (more) await kernel.waker.wake([jobWake(jobId)]);
}
