import { duePermits, permitWakes } from '#services/webhooks/due-permits.ts';
import type { TickJob } from './tick-job.ts';

/** Deliveries that are due and whose permit may have been lost, retries of the longer waits among them. */
export const deliveriesJob: TickJob<{ slow: boolean; id: string }[]> = {
  name: 'deliveries',
  probe: duePermits,
  isDue: (permits) => permits.length > 0,
  run: (kernel, permits) => kernel.waker.wake(permitWakes(permits)),
};
