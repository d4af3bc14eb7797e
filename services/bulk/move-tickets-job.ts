import type { Id } from '#schema/ids.ts';
import { systemPermit } from '#services/access/permit.ts';
import { leftToMove, MOVED_AT_ONCE, moveStatement, type TicketMove } from '#services/directory/move-tickets.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { type BulkJob, countChunk } from './bulk-job.ts';

const moveChunk = defineSystemVerb({
  name: 'moveTickets',
  actor: 'system',
  load: ({ move }: { jobId: Id<'bulk'>; move: TicketMove }) => ({ rest: leftToMove(move) }),
  decide({ rest: [rest] }, { jobId, move }, { now }) {
    const left = Number(rest?.left ?? 0);
    const more = left > MOVED_AT_ONCE;
    return change({
      permit: systemPermit('bulk_job'),
      answer: { more },
      writes: [
        moveStatement(move, { cause: 'bulk', actor: systemActor(), now, jobId }),
        countChunk(jobId, Math.min(left, MOVED_AT_ONCE), !more, now),
      ],
      // The change of the contact or organisation is audited; what the job does stands in the activity of each ticket.
      audit: null,
    });
  },
});

/** Runs one chunk of a `move_tickets` job; `more` says that another follows. */
export const moveTicketsOfJob = (kernel: Kernel, job: BulkJob): Promise<{ more: boolean }> =>
  runSystemVerb(kernel, moveChunk, { jobId: job.id, move: job.params as unknown as TicketMove }, systemActor());
