import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { rows } from '#services/kernel/query.ts';

const MOST_LIVE_TEAMS = 500;

/** Whether there is room for one more live team: a row at the limit says no. */
export const teamLimitQuery = () =>
  rows<{ full: boolean }>(
    sql`select exists (select from teams where archived_at is null offset ${MOST_LIVE_TEAMS - 1}) as full`,
  );

/** @throws ServiceError unprocessable `limit_reached`. */
export function requireTeamRoom([limit]: readonly { full: boolean }[]): void {
  if (limit?.full !== true) return;
  throw new ServiceError('unprocessable', `A workspace has at most ${MOST_LIVE_TEAMS} teams.`, {
    reason: 'limit_reached',
  });
}
