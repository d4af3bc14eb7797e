import type { Id } from '#schema/ids.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { actOnTickets } from './act-on-tickets.ts';
import { attachContactsOfJob } from './attach-contacts-job.ts';
import { type BulkJob, jobWake, unfinishedJob } from './bulk-job.ts';
import { eraseOfJob } from './erase-job.ts';
import { exportOfJob } from './export-job.ts';
import { importOfJob } from './import-job.ts';
import { type PendingItem, pendingItems } from './job-items.ts';
import { moveTicketsOfJob } from './move-tickets-job.ts';
import { releaseAssignee } from './release-assignee.ts';
import { replaceStatus } from './replace-status.ts';
import { retagTickets } from './retag-tickets.ts';
import { undoOnTickets } from './undo-on-tickets.ts';

/** For whoever runs jobs that touch no file. */
const NO_FILES: FileStore = {
  write: () => Promise.reject(new TypeError('this job has no files')),
  read: () => Promise.reject(new TypeError('this job has no files')),
  delete: () => Promise.reject(new TypeError('this job has no files')),
  list: () => Promise.reject(new TypeError('this job has no files')),
};

/** Does one chunk; `more` says that another may follow. */
type Work = (
  kernel: Kernel,
  job: BulkJob,
  items: readonly PendingItem[],
  files: FileStore,
) => Promise<{ more: boolean }>;

const WORK: Partial<Record<BulkJob['kind'], Work>> = {
  release_assignee: releaseAssignee,
  status_replace: replaceStatus,
  tag_change: retagTickets,
  move_tickets: moveTicketsOfJob,
  attach_contacts: attachContactsOfJob,
  ticket_action: actOnTickets,
  incidents: actOnTickets,
  undo: undoOnTickets,
  erase: eraseOfJob,
  import: (kernel, job, _items, files) => importOfJob(kernel, job, files),
  export: (kernel, job, _items, files) => exportOfJob(kernel, job, files),
};

/** Works through one chunk of a job, and wakes it again while something is left. An ended job is left alone. */
export async function runBulkJob(kernel: Kernel, jobId: Id<'bulk'>, files: FileStore = NO_FILES): Promise<void> {
  const [[job], items] = await kernel.db.batch([unfinishedJob(jobId), pendingItems(jobId)], { kind: 'load' });
  if (job === undefined) return;
  const work = WORK[job.kind];
  if (work === undefined) throw new TypeError(`no consumer for jobs of kind ${job.kind}`);
  const { more } = await work(kernel, job, items, files);
  if (more) await kernel.waker.wake([jobWake(jobId)]);
}
