import { sql } from 'drizzle-orm';
import { openDeadLetters } from '#services/kernel/open-dead-letters.ts';
import { rows } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { SinkName } from '#services/kernel/sink.ts';
import { lockCursors } from './sink-statement.ts';

/** Events set aside within the window; one more and it is the sink that is broken, not the event. */
const MOST_SET_ASIDE = 5;
const WINDOW_MINUTES = 10;
const TOLD_AFTER_MINUTES = 5;

type Verdict = { event_id: string; standing: boolean; retry_seconds: number | null };

/**
 * The next event of a sink that fails on it alone: a dead letter, and the cursor moves past. After five in ten minutes the
 * sink stands still instead with its cursor in place, looked at again after 5, 15 and 60 s, then each minute, and becomes
 * a dead letter itself after five minutes.
 * @param after the cursor at which it failed; another run that has moved it has dealt with that event.
 */
export async function setAside(
  kernel: Kernel,
  sink: SinkName,
  after: number,
  sqlState: string,
): Promise<'aside' | 'standing'> {
  const now = kernel.now;
  const aside = sql`select 'fanout' as kind, public.to_typeid('evt', b.id) || ':' || ${sink}::text as ref_id, 'events' as queue,
    jsonb_build_object('sink', ${sink}::text, 'code', ${sqlState}::text) as detail from bad b where not b.stands`;
  const tooLong = sql`select 'sink_standing' as kind, ${sink}::text as ref_id, 'events' as queue,
    jsonb_build_object('code', ${sqlState}::text) as detail
    from standing where failing_since <= ${now}::timestamptz - ${`${TOLD_AFTER_MINUTES} minutes`}::interval`;
  const [, [verdict]] = await kernel.db.batch(
    [
      lockCursors([sink]),
      rows<Verdict>(sql`
with bad as materialized (
  select e.id, e.position, c.failing_since is not null
    or (select count(*) from dead_letters d where d.kind = 'fanout' and d.detail ->> 'sink' = ${sink}
        and d.last_at > ${now}::timestamptz - ${`${WINDOW_MINUTES} minutes`}::interval) >= ${MOST_SET_ASIDE} as stands
  from event_sinks c join events e on e.position > c.position
  where c.sink = ${sink} and c.position = ${after} order by e.position limit 1
),
aside as (${openDeadLetters(aside, now)}),
moved as (
  update event_sinks c set position = b.position, last_error = ${sqlState}, updated_at = ${now}::timestamptz
  from bad b where c.sink = ${sink} and not b.stands
),
standing as (
  update event_sinks c set failing_since = coalesce(c.failing_since, ${now}::timestamptz), last_error = ${sqlState}, updated_at = ${now}::timestamptz,
    retry_at = ${now}::timestamptz + make_interval(secs => case
      when c.failing_since is null then 5
      when ${now}::timestamptz - c.failing_since < interval '20 seconds' then 15 else 60 end)
  from bad b where c.sink = ${sink} and b.stands
  returning c.failing_since, extract(epoch from c.retry_at - ${now}::timestamptz)::int as retry_seconds
),
told as (${openDeadLetters(tooLong, now)})
select public.to_typeid('evt', b.id) as event_id, b.stands as standing, (select retry_seconds from standing) as retry_seconds from bad b`),
    ],
    { kind: 'commit' },
  );
  if (verdict?.standing !== true) return 'aside';
  const delaySeconds = verdict.retry_seconds ?? 60;
  await kernel.waker.wake([{ queue: 'events', message: { kind: 'events', id: verdict.event_id }, delaySeconds }]);
  return 'standing';
}
