import { sql } from 'drizzle-orm';
import { uuidToId } from '#schema/ids.ts';
import { rows, run } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { expireGrants } from './expire-grants.ts';
import { tellOfExpiredKeys, tellOfExpiringKeys } from './tell-of-keys.ts';

const LOCK = 'access.end_expired';

/**
 * Hourly: makes history of grants whose time is over, and tells of keys that end soon or have ended. Neither gives anything
 * any more, so a late run hurts nobody; runs that overlap take turns, so each thing is told once. Answers how many.
 */
export async function endExpired(kernel: Kernel): Promise<number> {
  const works = [expireGrants(kernel), ...tellOfExpiringKeys(kernel), tellOfExpiredKeys(kernel)];
  const [, ...told] = await kernel.db.batch(
    [
      run(sql`select pg_advisory_xact_lock(hashtextextended(${LOCK}, 0))`),
      ...works.map((work) => rows<{ event_id: string }>(work)),
    ],
    { kind: 'commit' },
  );
  const events = told.flat();
  const [first] = events;
  if (first !== undefined) {
    const wake = { queue: 'events', message: { kind: 'events', id: uuidToId('evt', first.event_id) } } as const;
    kernel.waitUntil(kernel.waker.wake([wake]));
  }
  return events.length;
}
