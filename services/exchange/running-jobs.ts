import { type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { rows, type Statement } from '#services/kernel/query.ts';

const MOST_RUNNING = 3;

/** How many imports and exports of the caller run now. */
export const runningQuery = (auth: SQL): Statement<{ n: number }[]> =>
  rows(sql`with ${auth} select count(*)::int as n from (select from bulk_jobs j
    where j.actor_id = (select principal_id from auth) and j.kind in ('import', 'export') and j.state in ('queued', 'running')
    limit ${MOST_RUNNING}) r`);

/** @throws ServiceError unprocessable `limit_reached`. */
export function requireRoom([found]: readonly { n: number }[]): void {
  if ((found?.n ?? 0) >= MOST_RUNNING)
    throw new ServiceError('unprocessable', `At most ${MOST_RUNNING} of your imports and exports run at once.`, {
      reason: 'limit_reached',
    });
}
