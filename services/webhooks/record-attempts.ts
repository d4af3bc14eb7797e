import { type SQL, sql } from 'drizzle-orm';
import { rows, run } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import {
  DISABLE_AFTER,
  FAILURES_TO_OPEN,
  LONGEST_ASKED_SECONDS,
  NOTICE_HOURS,
  OPEN_JITTER,
  OPEN_SECONDS,
  QUICK,
  SLOW,
} from './breaker.ts';
import { due, lockHealth } from './delivery-rules.ts';
import type { Settled } from './settle-attempt.ts';

/** A settled attempt with what is kept of the exchange. */
export interface Attempted extends Settled {
  request_bytes: number | null;
  url_host: string | null;
  response_headers: Record<string, string> | null;
  response_body: string | null;
}

/** What a record says of each endpoint it touched. */
export type Touched = {
  target_id: string;
  slow: boolean;
  breaker_until: string | null;
  /** Deliveries worth a permit now: as many as are due and free. */
  due_ids: string[];
  failing_since: string | null;
  /** Failing so long that it is to be disabled. */
  hopeless: boolean;
  /** Hours of failing that have come and were not told. */
  notice_hours: number | null;
};

const COLUMNS =
  sql.raw(`id uuid, target uuid, lease uuid, state text, reason text, round smallint, attempt smallint, outcome text, status smallint,
  latency_ms bigint, retry_after_seconds integer, started_at timestamptz, ended_at timestamptz, next_attempt_at timestamptz,
  request_bytes integer, url_host text, response_headers jsonb, response_body text`);

/**
 * Records a batch of attempts in one trip: their log, the deliveries whose lease is still ours, and the health of each
 * endpoint. A lease lost meanwhile leaves the delivery to its new holder. @param random uniform in [0, 1).
 */
export async function recordAttempts(
  kernel: Kernel,
  attempts: readonly Attempted[],
  now: Date,
  random: number,
): Promise<Touched[]> {
  const targets = sql`h.target_id in (select (t ->> 'target')::uuid from jsonb_array_elements(${JSON.stringify(attempts)}::jsonb) t)`;
  const [, touched] = await kernel.db.batch(
    [run(lockHealth(targets, sql.raw('delivery_health h'))), rows<Touched>(recordStatement(attempts, now, random))],
    { kind: 'commit' },
  );
  return touched;
}

// What was answered about somebody who was erased meanwhile is not kept.
const kept = sql`d.reason is distinct from 'erased'`;

const recordStatement = (attempts: readonly Attempted[], now: Date, random: number): SQL => sql`
with r as materialized (select * from jsonb_to_recordset(${JSON.stringify(attempts)}::jsonb) as r (${COLUMNS})),
logged as (
  insert into webhook_deliveries (delivery_id, target_id, round, attempt, outcome, http_status, latency_ms, request_bytes, url_host,
    response_headers, response_body, retry_after_seconds, started_at, next_attempt_at)
  select r.id, target, r.round, attempt, outcome, status, latency_ms, request_bytes, url_host, case when ${kept} then response_headers end,
    case when ${kept} then response_body end, retry_after_seconds, started_at, r.next_attempt_at
  from r left join deliveries d on d.id = r.id where outcome is not null
  on conflict (delivery_id, round, attempt) do nothing
),
settled as (
  update deliveries d set state = r.state, reason = r.reason, lease_token = null, next_attempt_at = r.next_attempt_at,
    attempts = d.attempts - case when r.outcome is null then 1 else 0 end,
    last_status = case when r.outcome is null then d.last_status else r.status end, last_outcome = coalesce(r.outcome, d.last_outcome),
    ended_at = case when r.state = 'retry' then null else r.ended_at end
  from r where d.id = r.id and d.state = 'sending' and d.lease_token = r.lease
  returning d.target_id
),
${health(now, random)}
select n.target_id, n.slow, n.breaker_until, n.failing_since,
  coalesce(n.failing_since <= ${now}::timestamptz - make_interval(hours => ${DISABLE_AFTER.hours}) and n.failures_since_success >= ${DISABLE_AFTER.attempts}, false) as hopeless,
  (select max(hours) from unnest(array[${sql.join(
    NOTICE_HOURS.map((hours) => sql`${hours}::int`),
    sql`, `,
  )}]) with ordinality as t (hours, no)
    where no > n.notices and n.failing_since <= ${now}::timestamptz - make_interval(hours => hours)) as notice_hours,
  case when n.breaker_until > ${now}::timestamptz then '[]'::jsonb else (
    select coalesce(jsonb_agg(public.to_typeid('dlv', x.id)), '[]') from (
      select x.id from deliveries x where x.target_id = n.target_id and ${due('x', now)}
      order by x.recovery, x.next_attempt_at, x.id
      limit greatest(0, n.most - n.sending + (select count(*) from settled s where s.target_id = n.target_id))) x) end as due_ids
from next n`;

/**
 * `next`: the health of each endpoint after its attempts, in the order in which they ended. Streaks go on from what is
 * stored unless a row of this batch broke them. What ends while the breaker is open was sent before and opens it no further.
 */
const health = (now: Date, random: number): SQL => sql`
marked as (
  select r.*, row_number() over w as n, count(*) over p as total, max(ended_at) over p as last_end
  from r where outcome is not null
  window p as (partition by target), w as (partition by target order by ended_at, id)
),
broken as (
  select target, total, last_end,
    max(n) filter (where outcome = 'delivered') as last_success,
    max(n) filter (where latency_ms <= ${SLOW.aboveMs}) as last_unslow,
    max(n) filter (where outcome <> 'delivered' or latency_ms >= ${QUICK.belowMs}) as last_unquick,
    max(ended_at) filter (where outcome = 'delivered') as success_at, max(ended_at) filter (where outcome <> 'delivered') as failure_at,
    (array_agg(outcome order by n desc))[1] as last_outcome,
    max(ended_at + make_interval(secs => least(retry_after_seconds, ${LONGEST_ASKED_SECONDS}))) filter (where retry_after_seconds > 0) as asked_until
  from marked group by target, total, last_end
),
folded as (
  select b.*, b.total - coalesce(b.last_success, 0) as failures,
    (select min(m.ended_at) from marked m where m.target = b.target and m.n > coalesce(b.last_success, 0)) as first_failure
  from broken b
),
counted as (
  select h.target_id, h.breaker_until as old_until, h.breaker_step as old_step, h.slow as old_slow, f.*,
    f.failures + case when f.last_success is null then h.consecutive_failures else 0 end as consecutive_failures,
    f.failures + case when f.last_success is null then h.failures_since_success else 0 end as failures_since_success,
    case when f.failures = 0 then null when f.last_success is null then coalesce(h.failing_since, f.first_failure) else f.first_failure end as failing_since,
    f.total - coalesce(f.last_unslow, 0) + case when f.last_unslow is null then h.slow_streak else 0 end as slow_streak,
    f.total - coalesce(f.last_unquick, 0) + case when f.last_unquick is null then h.quick_streak else 0 end as quick_streak,
    case when f.last_success is null then h.notices else 0 end as notices
  from folded f join delivery_health h on h.target_id = f.target
),
opened as (
  select c.*, c.failures > 0 and coalesce(c.old_until <= ${now}::timestamptz, true)
    and (c.consecutive_failures >= ${FAILURES_TO_OPEN} or (c.old_until is not null and c.last_success is null)) as opens
  from counted c
),
changed as (
  update delivery_health h set consecutive_failures = o.consecutive_failures, failures_since_success = o.failures_since_success,
    failing_since = o.failing_since, notices = o.notices, last_outcome = o.last_outcome,
    last_success_at = coalesce(o.success_at, h.last_success_at), last_failure_at = coalesce(o.failure_at, h.last_failure_at),
    slow_streak = least(o.slow_streak, 32767), quick_streak = least(o.quick_streak, 32767),
    breaker_step = case when o.opens then least(o.old_step + 1, 100) when o.last_success is not null then 0 else o.old_step end,
    breaker_until = greatest(
      case when o.opens then ${now}::timestamptz + make_interval(secs => least(${OPEN_SECONDS.most}::float8, ${OPEN_SECONDS.first}::float8 * 2 ^ least(o.old_step, 20)) * ${1 + OPEN_JITTER * random}::float8)
        when o.last_success is not null then null else o.old_until end,
      case when o.asked_until > ${now}::timestamptz then o.asked_until end),
    slow = o.opens or o.slow_streak >= ${SLOW.inARow} or (o.old_slow and o.quick_streak < ${QUICK.inARow})
  from opened o where h.target_id = o.target_id
  returning h.*
),
next as (
  select h.target_id, h.slow, h.breaker_until, h.failing_since, h.failures_since_success, h.notices,
    case when h.breaker_until is null then w.max_in_flight else 1 end as most,
    (select count(*) from deliveries s where s.target_id = h.target_id and s.state = 'sending' and s.next_attempt_at > ${now}::timestamptz) as sending
  from (select * from changed union all
      select h.* from delivery_health h where h.target_id in (select target from r) and not exists (select from changed c where c.target_id = h.target_id)) h
    join webhooks w on w.id = h.target_id
)`;
