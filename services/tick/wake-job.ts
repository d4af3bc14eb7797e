import { wakeDueQuery, wakeTickets } from '#services/lifecycle/wake-tickets.ts';
import type { TickJob } from './tick-job.ts';

/** Tickets that were to wait until now. */
export const wakeJob: TickJob<boolean> = {
  name: 'wake',
  probe: wakeDueQuery,
  isDue: (due) => due,
  run: async (kernel) => {
    await wakeTickets(kernel);
  },
};
