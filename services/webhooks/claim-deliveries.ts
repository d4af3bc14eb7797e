import { sql } from 'drizzle-orm';
import type { SIGNINGS } from '#schema/tables/webhooks.ts';
import type { ValueOf } from '#schema/values.ts';
import { openDeadLetters } from '#services/kernel/open-dead-letters.ts';
import { rows, run } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { due, LEASE_SECONDS, lockHealth, MOST_LOST, sendable, sendableFrom } from './delivery-rules.ts';
import type { BodyForm } from './render-body.ts';
import { MOST_ATTEMPTS } from './schedule.ts';
import { type StoredEvent, storedEvent } from './stored-event.ts';

export type Lane = 'quick' | 'slow';

/** A delivery that this run holds, with all that sending it takes. Secrets are still sealed. */
export type Claimed = {
  id: string;
  target_id: string;
  event_id: string;
  type: string;
  entity_seq: number;
  previous_seq: number | null;
  round: number;
  attempt: number;
  lease_token: string;
  url: string;
  signing: ValueOf<typeof SIGNINGS>;
  secrets: string;
  previous_secrets: string | null;
  headers: string | null;
  payload_version: string;
  audience: BodyForm['audience'];
  style: BodyForm['style'];
  timeout_seconds: number;
  body: string | null;
  /** Only where no body is kept yet. */
  event: StoredEvent | null;
};

/**
 * Claims at most `permits` deliveries of a lane, in one trip: lock, then look. Each endpoint gives its oldest due, at most
 * what it has free, one after the other in turn, so no endpoint takes the whole batch and recovery yields. A lease that ran
 * out is logged as `lost`; the third of a round ends the delivery as a dead letter.
 */
export async function claimDeliveries(kernel: Kernel, lane: Lane, permits: number): Promise<Claimed[]> {
  const now = kernel.now;
  const inLane = sql`h.slow = ${lane === 'slow'} and ${sendable(now)}`;
  const crashed = sql`select 'crashed' as kind, public.to_typeid('dlv', c.id) as ref_id, 'webhooks' as queue,
    jsonb_build_object('webhookId', public.to_typeid('whk', c.target_id)) as detail from claimed c where c.reason = 'crashed'`;
  const [, claimed] = await kernel.db.batch(
    [
      run(lockHealth(inLane)),
      rows<Claimed>(sql`
with lane as (
  select h.target_id, case when h.breaker_until is null then w.max_in_flight else 1 end
    - (select count(*) from deliveries s where s.target_id = h.target_id and s.state = 'sending' and s.next_attempt_at > ${now}::timestamptz) as free
  from ${sendableFrom} where ${inLane}
),
picked as materialized (
  select d.id, d.was, d.was = 'sending' and d.losses + 1 >= ${MOST_LOST} as crashes, d.was = 'sending' and d.attempts >= ${MOST_ATTEMPTS} as exhausts
  from lane l cross join lateral (
    select x.id, x.state as was, x.attempts, row_number() over (order by x.recovery, x.next_attempt_at, x.id) as rank,
      case when x.state = 'sending' then (select count(*) from webhook_deliveries a where a.delivery_id = x.id and a.round = x.round and a.outcome = 'lost') else 0 end as losses
    from deliveries x where x.target_id = l.target_id and ${due('x', now)}
    order by x.recovery, x.next_attempt_at, x.id limit greatest(l.free, 0)) d
  order by d.rank, l.target_id limit ${permits}
),
claimed as (
  update deliveries d set
    state = case when p.crashes or p.exhausts then 'dead' else 'sending' end,
    reason = case when p.crashes then 'crashed' when p.exhausts then 'exhausted' end,
    attempts = d.attempts + case when p.crashes or p.exhausts then 0 else 1 end,
    lease_token = case when p.crashes or p.exhausts then null else gen_random_uuid() end,
    next_attempt_at = case when p.crashes or p.exhausts then null else ${now}::timestamptz + make_interval(secs => ${LEASE_SECONDS}) end,
    ended_at = case when p.crashes or p.exhausts then ${now}::timestamptz end,
    last_outcome = case when p.was = 'sending' then 'lost' else d.last_outcome end,
    first_attempt_at = coalesce(d.first_attempt_at, ${now}::timestamptz)
  from picked p where d.id = p.id and ${due('d', now)}
  returning d.*, old.state as was, old.attempts as attempts_before, old.next_attempt_at as lease_end
),
lost as (
  insert into webhook_deliveries (delivery_id, target_id, round, attempt, outcome, started_at)
  select id, target_id, round, attempts_before, 'lost', lease_end - make_interval(secs => ${LEASE_SECONDS}) from claimed where was = 'sending'
  on conflict (delivery_id, round, attempt) do nothing
),
dead as (${openDeadLetters(crashed, now)})
select c.id, c.target_id, c.event_id, e.type, c.entity_seq::float8, c.previous_seq::float8, c.round, c.attempts as attempt, c.lease_token,
  w.url, w.signing, w.secrets, case when w.previous_until > ${now}::timestamptz then w.previous_secrets end as previous_secrets, w.headers,
  w.payload_version::text, w.audience, w.payload_style as style, w.timeout_seconds, convert_from(b.bytes, 'UTF8') as body,
  case when b.bytes is null then ${storedEvent('e')} end as event
from claimed c join webhooks w on w.id = c.target_id join events e on e.id = c.event_id
  left join event_bodies b on b.event_id = c.event_id and b.payload_version = w.payload_version and b.form = w.audience || '.' || w.payload_style
where c.state = 'sending'
order by c.next_attempt_at, c.id`),
    ],
    { kind: 'commit' },
  );
  return claimed;
}
