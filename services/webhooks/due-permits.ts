import { sql } from 'drizzle-orm';
import { uuidToId } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { due, sendable, sendableFrom } from './delivery-rules.ts';

const MOST_PER_ENDPOINT = 100;
const MOST_PERMITS = 1000;

type Permit = { slow: boolean; id: string };

/** What the tick sends for deliveries that are due and whose message may have been lost: permits, in turn by endpoint. */
export const duePermits = (now: Date): Statement<Permit[]> =>
  rows<Permit>(sql`
select h.slow, d.id
from ${sendableFrom} cross join lateral (
  select x.id, row_number() over (order by x.recovery, x.next_attempt_at, x.id) as rank from deliveries x
  where x.target_id = h.target_id and ${due('x', now)} order by x.recovery, x.next_attempt_at, x.id limit ${MOST_PER_ENDPOINT}) d
where ${sendable(now)}
order by d.rank, h.target_id limit ${MOST_PERMITS}`);

export const permitWakes = (permits: readonly Permit[]): Wake[] =>
  permits.map(({ slow, id }) => ({
    queue: slow ? 'webhooks-slow' : 'webhooks',
    message: { kind: 'delivery', id: uuidToId('dlv', id) },
  }));
