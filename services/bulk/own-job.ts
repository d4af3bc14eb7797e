import { eq } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { bulkJobs } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAtWorkspace, isLimited } from '#services/access/can.ts';
import { notFound, type Permit, permitAnywhere } from '#services/access/permit.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { BulkJob } from './bulk-job.ts';

export const jobById = (jobId: Id<'bulk'>): Statement<BulkJob[]> =>
  statement<BulkJob[]>(qb.select().from(bulkJobs).where(eq(bulkJobs.id, jobId)));

export const seesAllJobs = (authority: Authority): boolean =>
  holdsAtWorkspace(authority, 'ticket.view_all') && !isLimited(authority);

/** A job of one's own, or any for whoever sees every ticket. @throws ServiceError not_found, forbidden. */
export function permitJob(authority: Authority, [job]: readonly BulkJob[]): { permit: Permit; job: BulkJob } {
  const permit = permitAnywhere(authority, ['ticket.bulk_operate']);
  const own = job?.actorId === idToUuid(authority.principalId);
  if (job === undefined || !(own || seesAllJobs(authority))) throw notFound();
  return { permit, job };
}
