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

/** Does one chunk; `more` says that another may follow. */
type Work = (kernel: Kernel, job: BulkJob, files: FileStore) => Promise<{ more: boolean }>;

const WORK: Partial<Record<BulkJob['kind'], Work>> = {
  attach_contacts: attachContactsOfJob,
  erase: eraseOfJob,
  import: importOfJob,
  export: exportOfJob,
};

/** Works through one chunk of a job, and wakes it again while something is left. An ended job is left alone. */
export async function runBulkJob(kernel: Kernel, jobId: Id<'bulk'>, files: FileStore = NO_FILES): Promise<void> {
  const { more, other } = await actOnTickets(kernel, jobId);
  if (more || (other !== undefined && (await workOn(kernel, other, files)))) await kernel.waker.wake([jobWake(jobId)]);
}

async function workOn(kernel: Kernel, job: BulkJob, files: FileStore): Promise<boolean> {
  const work = WORK[job.kind];
  if (work === undefined) throw new TypeError(`no consumer for jobs of kind ${job.kind}`);
  return (await work(kernel, job, files)).more;
}
