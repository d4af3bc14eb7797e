import type { Database } from '#services/kernel/database.ts';
import type { Env } from './env.ts';

/** What the database was asked for, as the header `Server-Timing` tells it. */
export const timingOf = (env: Env, spent: Database['spent']): Record<string, string> => ({
  'server-timing': `db;desc="${spent.trips}";dur=${spent.milliseconds}`,
  ...(env.CHECK_ANSWERS === 'true' ? { 'mallard-statements': String(spent.statements) } : {}),
});
