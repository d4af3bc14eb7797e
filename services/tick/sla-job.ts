import { dueSecondsStatement, sweepTimers } from '#services/sla/sweep-timers.ts';
import type { TickJob } from './tick-job.ts';

/** Deadlines that have come, and a wake-up for each second in which one will before the next tick is surely over. */
export const slaJob: TickJob<number[]> = {
  name: 'sla',
  probe: dueSecondsStatement,
  isDue: (seconds) => seconds.length > 0,
  run: async (kernel) => {
    await sweepTimers(kernel);
  },
};
