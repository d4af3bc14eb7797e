import { eq } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { bulkJobs } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAtWorkspace, isLimited } from '#services/access/can.ts';
import type { Permission } from '#services/access/permissions.ts';
import { notFound, type Permit, permitAnywhere } from '#services/access/permit.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { BulkJob } from './bulk-job.ts';

export const jobById = (jobId: Id<'bulk'>): Statement<BulkJob[]> =>
  statement<BulkJob[]>(qb.select().from(bulkJobs).where(eq(bulkJobs.id, jobId)));

export const seesAllJobs = (authority: Authority): boolean =>
  holdsAtWorkspace(authority, 'ticket.view_all') && !isLimited(authority);

/** Whoever may start a job sees what became of it; who sees every ticket, what became of all. */
export const JOB_READERS = [
  'ticket.bulk_operate',
  'ticket.view_all',
  'ticket.export',
  'ticket_status.manage',
  'ticket_field.manage',
  'org.manage',
  'org.export',
  'admin.manage_users',
] as const satisfies readonly Permission[];

/** A job of one's own, or any for whoever sees every ticket. @throws ServiceError not_found, forbidden. */
export function permitJob(
  authority: Authority,
  [job]: readonly BulkJob[],
  keys: readonly Permission[] = ['ticket.bulk_operate'],
): { permit: Permit; job: BulkJob } {
  const permit = permitAnywhere(authority, keys);
  const own = job?.actorId === idToUuid(authority.principalId);
  if (job === undefined || !(own || seesAllJobs(authority))) throw notFound();
  return { permit, job };
}
