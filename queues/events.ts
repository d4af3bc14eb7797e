import * as z from 'zod';
import { idSchema } from '#schema/id-schema.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { sweepTimers } from '#services/sla/sweep-timers.ts';
import { batchConsumer } from './consumer.ts';

const Message = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('events'), id: idSchema('evt') }),
  z.strictObject({ kind: z.literal('sla_wake'), id: z.string().regex(/^\d{1,12}$/) }),
  z.strictObject({ kind: z.literal('bulk_job'), id: idSchema('bulk') }),
]);

/** Events to dispatch, deadlines that have come, jobs: one run of each, however many wakes a batch holds. */
export const eventsConsumer = batchConsumer({
  message: Message,
  async runBatch({ kernel, files }, messages) {
    // First, because a sweep may add events.
    if (messages.some(({ kind }) => kind === 'sla_wake')) await sweepTimers(kernel, 'wake');
    const jobs = new Set(messages.flatMap((message) => (message.kind === 'bulk_job' ? [message.id] : [])));
    for (const id of jobs) await runBulkJob(kernel, id, files);
    if (messages.some(({ kind }) => kind === 'events')) await dispatchEvents(kernel);
  },
});
