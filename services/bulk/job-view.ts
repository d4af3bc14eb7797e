import type { BulkJob as View } from '#schema/api/bulk.ts';
import type { BulkJob } from './bulk-job.ts';

export const jobView = (job: BulkJob): View => ({
  id: job.id,
  kind: job.kind,
  state: job.state,
  action: ((job.params as { action?: { type: string } }).action?.type ?? null) as string | null,
  total: job.total,
  succeeded: job.succeeded,
  unchanged: job.unchanged,
  failed: job.failed,
  undoOf: job.undoOfId,
  resultAttachmentId: job.resultAttachmentId,
  createdAt: job.createdAt.toISOString(),
  finishedAt: job.finishedAt?.toISOString() ?? null,
});
