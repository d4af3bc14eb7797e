import { dueInboundQuery, inboundWakes } from '#services/inbound/due-inbound.ts';
import type { TickJob } from './tick-job.ts';

/** Deliveries whose wake was lost, whose retry has come, or whose run died. */
export const inboundJob: TickJob<Parameters<typeof inboundWakes>[0]> = {
  name: 'inbound',
  probe: dueInboundQuery,
  isDue: (due) => due.length > 0,
  run: (kernel, due) => kernel.waker.wake(inboundWakes(due)),
};
