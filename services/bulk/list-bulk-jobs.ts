import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { BulkJob as View } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { bulkJobs } from '#schema/index.ts';
import type { BULK_JOB_STATES } from '#schema/tables/bulk-jobs.ts';
import type { ValueOf } from '#schema/values.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { BulkJob } from './bulk-job.ts';
import { jobView } from './job-view.ts';
import { JOB_READERS } from './own-job.ts';

export interface ListBulkJobsInput {
  state: ValueOf<typeof BULK_JOB_STATES> | undefined;
  limit: number;
  cursor: string | undefined;
}

/** One's own jobs, the newest first. */
export const listBulkJobs = defineRead({
  name: 'listBulkJobs',
  permission: JOB_READERS,
  load: (input: ListBulkJobsInput, { auth, keys }) => ({
    found: statementWith<BulkJob[]>(
      auth,
      qb
        .select()
        .from(bulkJobs)
        .where(
          and(
            sql`${bulkJobs.actorId} = (select principal_id from auth)`,
            input.state === undefined ? undefined : eq(bulkJobs.state, input.state),
            input.cursor === undefined ? undefined : after(readCursor(keys, placeOf(input), input.cursor)),
          ),
        )
        .orderBy(desc(bulkJobs.createdAt), desc(bulkJobs.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, input, { authority, keys }) {
    const permit = permitAnywhere(authority, JOB_READERS);
    const cursor = (job: BulkJob) => writeCursor(keys, placeOf(input), [job.createdAt.getTime(), job.id]);
    return unchanged<{ data: View[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, jobView, cursor),
    );
  },
});

const placeOf = ({ state }: ListBulkJobsInput): CursorPlace => ({
  operation: 'listBulkJobs',
  sort: '-created',
  filter: { state: state ?? null },
});

const after = ([at, id]: readonly unknown[]): SQL =>
  sql`(${bulkJobs.createdAt}, ${bulkJobs.id}) < (${new Date(Number(at)).toISOString()}::timestamptz, ${idToUuid(id as Id)}::uuid)`;
