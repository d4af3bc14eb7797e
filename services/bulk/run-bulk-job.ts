import type { Id } from '#schema/ids.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { actOnTickets } from './act-on-tickets.ts';
import { attachContactsOfJob } from './attach-contacts-job.ts';
import { type BulkJob, jobWake } from './bulk-job.ts';
import { eraseOfJob } from './erase-job.ts';
import { exportOfJob } from './export-job.ts';
import { importOfJob } from './import-job.ts';

/** For whoever runs jobs that touch no file. */
const NO_FILES: FileStore = {
  write: () => Promise.reject(new TypeError('this job has no files')),
  read: () => Promise.reject(new TypeError('this job has no files')),
  delete: () => Promise.reject(new TypeError('this job has no files')),
  list: () => Promise.reject(new TypeError('this job has no files')),
};

/** Does one chunk; answers with the job as the next one finds it, if one may follow. */
type Work = (kernel: Kernel, job: BulkJob, files: FileStore) => Promise<BulkJob | undefined>;

/** One after the other by a message: what one of them commits is what the next would read of the job. */
const CHUNKS_AT_ONCE = 4;

const WORK: Partial<Record<BulkJob['kind'], Work>> = {
  attach_contacts: attachContactsOfJob,
  erase: eraseOfJob,
  import: importOfJob,
  export: exportOfJob,
};

/**
 * Works through a chunk of a job, or a few that act on no tickets, and wakes it again while something is left. An ended job is
 * left alone: the commit of a chunk asks whether it runs.
 */
export async function runBulkJob(kernel: Kernel, jobId: Id<'bulk'>, files: FileStore = NO_FILES): Promise<void> {
  const { more, other } = await actOnTickets(kernel, jobId);
  let job = other;
  for (let chunk = 0; job !== undefined && chunk < CHUNKS_AT_ONCE; chunk += 1) job = await workOn(kernel, job, files);
  if (more || job !== undefined) await kernel.waker.wake([jobWake(jobId)]);
}

function workOn(kernel: Kernel, job: BulkJob, files: FileStore): Promise<BulkJob | undefined> {
  const work = WORK[job.kind];
  if (work === undefined) throw new TypeError(`no consumer for jobs of kind ${job.kind}`);
  return work(kernel, job, files);
}
