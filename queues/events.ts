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

/**
 * Events to dispatch, deadlines that have come, jobs: one run of each, however many wakes a batch holds, and none held up by
 * another that fails.
 */
export const eventsConsumer = batchConsumer({
  message: Message,
  async runBatch({ kernel, files }, messages) {
    const jobs = new Set(messages.flatMap((message) => (message.kind === 'bulk_job' ? [message.id] : [])));
    const has = (kind: string): boolean => messages.some((message) => message.kind === kind);
    const works: (() => Promise<unknown>)[] = [
      // First, because a sweep may add events.
      ...(has('sla_wake') ? [() => sweepTimers(kernel, 'wake')] : []),
      ...[...jobs].map((id) => () => runBulkJob(kernel, id, files)),
      ...(has('events') ? [() => dispatchEvents(kernel)] : []),
    ];
    const failures: unknown[] = [];
    for (const work of works)
      for (const done of await Promise.allSettled([work()])) if (done.status === 'rejected') failures.push(done.reason);
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  },
});
