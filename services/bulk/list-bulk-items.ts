import { and, asc, eq, gt } from 'drizzle-orm';
import type { BulkItem } from '#schema/api/bulk.ts';
import { type Id, uuidToId } from '#schema/ids.ts';
import { bulkJobItems } from '#schema/index.ts';
import type { BULK_ITEM_STATES } from '#schema/tables/bulk-jobs.ts';
import type { ValueOf } from '#schema/values.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { JOB_READERS, jobById, permitJob } from './own-job.ts';

export interface ListBulkItemsInput {
  jobId: Id<'bulk'>;
  state: ValueOf<typeof BULK_ITEM_STATES> | undefined;
  limit: number;
  cursor: string | undefined;
}

/** What became of each ticket of a job, in their order. @throws ServiceError not_found, forbidden. */
export const listBulkItems = defineRead({
  name: 'listBulkItems',
  permission: JOB_READERS,
  load: (input: ListBulkItemsInput, { keys }) => ({
    job: jobById(input.jobId),
    found: statement(
      qb
        .select()
        .from(bulkJobItems)
        .where(
          and(
            eq(bulkJobItems.jobId, input.jobId),
            input.state === undefined ? undefined : eq(bulkJobItems.state, input.state),
            input.cursor === undefined
              ? undefined
              : gt(bulkJobItems.position, Number(readCursor(keys, placeOf(input), input.cursor)[0])),
          ),
        )
        .orderBy(asc(bulkJobItems.position))
        .limit(input.limit + 1),
    ),
  }),
  decide(loaded, input, { authority, keys }) {
    const { permit, job } = permitJob(authority, loaded.job, JOB_READERS);
    const onTickets = ['ticket_action', 'incidents', 'undo'].includes(job.kind);
    return unchanged<{ data: BulkItem[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(
        loaded.found,
        input.limit,
        ({ position, targetId, state, code, reason }) => ({
          position,
          ticketId: onTickets && targetId !== null ? uuidToId('tkt', targetId) : null,
          state,
          code,
          reason,
        }),
        ({ position }) => writeCursor(keys, placeOf(input), [position]),
      ),
    );
  },
});

const placeOf = ({ jobId, state }: ListBulkItemsInput): CursorPlace => ({
  operation: 'listBulkItems',
  sort: 'position',
  filter: { jobId, state: state ?? null },
});
