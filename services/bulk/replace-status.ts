import type { Id } from '#schema/ids.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { rowChange } from '#services/lifecycle/row-change.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { CHUNK_ITEMS, countChunk } from './bulk-job.ts';
import type { ChunkOfLeftOver } from './left-over.ts';

/** One chunk of the tickets that a deleted status leaves: same category, so nothing but the status moves. */
export const replaceStatus: ChunkOfLeftOver = ({ many, named, slaConfig, slaStates }, { id: jobId, params }, by) => {
  const { replaceWith } = params as { replaceWith: Id<'tstat'> };
  const permit = systemPermit('bulk_job');
  const more = many.length === CHUNK_ITEMS;
  const category = many[0]?.ticket.statusCategory;
  // The heir may itself be gone by now.
  const statuses = named?.statuses ?? [];
  const to =
    statuses.find(({ id }) => id === replaceWith) ??
    statuses.find((each) => each.isDefault && each.category === category);
  const changes = many.flatMap((before) =>
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
};
