import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { type Statement, statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { rowChange } from '#services/lifecycle/row-change.ts';
import { slaConfigQuery, slaStatesQuery } from '#services/sla/sla-queries.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { defaultStatuses, statusById } from '#services/tickets/intake-queries.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { type BulkJob, CHUNK_ITEMS, countChunk } from './bulk-job.ts';

interface ReplaceInput {
  jobId: Id<'bulk'>;
  statusId: Id<'tstat'>;
  replaceWith: Id<'tstat'>;
}

const having = (statusId: Id<'tstat'>): SQL => and(eq(tickets.statusId, statusId), isNull(tickets.deletedAt)) as SQL;

const chunkIds = (statusId: Id<'tstat'>): SQL =>
  sql`select ${tickets.id} from ${tickets} where ${having(statusId)} order by ${tickets.id} limit ${CHUNK_ITEMS}`;

/** One chunk of the tickets that a deleted status leaves: same category, so nothing but the status moves. */
const replaceChunk = defineSystemVerb({
  name: 'replaceStatus',
  actor: 'system',

  load: ({ statusId, replaceWith }: ReplaceInput) => ({
    found: statement<TicketRow[]>(
      selectTickets().where(having(statusId)).orderBy(tickets.id).limit(CHUNK_ITEMS),
    ) as Statement<TicketRow[]>,
    heir: statusById(replaceWith),
    defaults: defaultStatuses(),
    slaConfig: slaConfigQuery(),
    slaStates: slaStatesQuery(chunkIds(statusId)),
  }),

  decide({ found, heir, defaults, slaConfig, slaStates }, { jobId }, by) {
    const permit = systemPermit('bulk_job');
    const more = found.length === CHUNK_ITEMS;
    const category = found[0]?.ticket.statusCategory;
    // The heir may itself be gone by now.
    const to = heir ?? defaults.find((each) => each.category === category);
    const changes = found.flatMap((before) =>
      to === undefined
        ? []
        : rowChange(
            {
              permit,
              before,
              set: { statusId: to.id },
              status: { name: to.name, publicLabel: to.publicLabel },
              cause: 'bulk',
              slaCause: 'status',
              sla: { config: slaConfig, state: slaStates.get(before.ticket.id) ?? null },
              action: 'ticket.status_changed',
            },
            by,
          ),
    );
    const merged = mergeChanges(changes);
    return change({
      ...merged,
      permit,
      answer: { more },
      holds: to === undefined || changes.length === 0 ? [] : [holdStatus(to.id)],
      writes: [...merged.writes, countChunk(jobId, changes.length, !more, by.now)],
      activity: merged.activity.map((entry) => ({ ...entry, bulkJobId: jobId })),
      // The deletion's own row names the job.
      audit: null,
    });
  },
});

/** Runs one chunk of a `status_replace` job; `more` says that another may follow. */
export const replaceStatus = (kernel: Kernel, job: BulkJob): Promise<{ more: boolean }> => {
  const { statusId, replaceWith } = job.params as { statusId: Id<'tstat'>; replaceWith: Id<'tstat'> };
  return runSystemVerb(kernel, replaceChunk, { jobId: job.id, statusId, replaceWith }, systemActor());
};
