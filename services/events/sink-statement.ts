import { type SQL, sql } from 'drizzle-orm';
import { openDeadLetters } from '#services/kernel/open-dead-letters.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';
import type { Sink } from '#services/kernel/sink.ts';
import type { Wake } from '#services/kernel/wake.ts';

/** Events deeper than this came from rules that set each other off; sinks that act leave them out. */
export const MOST_DEPTH = 5;

/** What one sink made of one slice. */
export type Resolved = {
  taken: number;
  wakes: { queue: string; kind: string; id: string }[];
  follow_up: unknown[];
};

/** Serializes dispatchers and every worker on one sink: it waits, and what comes after it looks anew. */
export const lockCursors = (names: readonly string[]): Statement<null> =>
  run(
    sql`select sink from event_sinks where sink in (${sql.join(
      names.map((name) => sql`${name}`),
      sql`, `,
    )}) order by sink for update`,
  );

/**
 * One sink takes its next events: what it makes of them and its cursor move together. A sink that stands still takes none
 * before its time.
 */
export const sinkStatement = (sink: Sink, most: number, now: Date): Statement<Resolved[]> =>
  rows<Resolved>(sql`
with place as materialized (
  select position from event_sinks where sink = ${sink.name} and (retry_at is null or retry_at <= ${now})
),
taken as materialized (
  select e.* from events e where e.position > (select position from place) order by e.position limit ${most}
),
${slice(sink, now)},
moved as (
  update event_sinks set position = (select max(position) from taken), updated_at = ${now}::timestamptz,
    failing_since = null, last_error = null, retry_at = null
  where sink = ${sink.name} and exists (select from taken)
),
${sink.resolve({ now })}
${answer(sql`(select count(*)::int from taken)`)}`);

/** The same for named events alone, whatever the cursor says: a replay. What was made of them before is not made again. */
export const replayStatement = (sink: Sink, eventIds: SQL, now: Date): Statement<Resolved[]> =>
  rows<Resolved>(sql`
with taken as materialized (select e.* from events e where e.id in (${eventIds}) and e.position is not null),
place as materialized (select min(position) - 1 as position from taken),
${slice(sink, now)},
${sink.resolve({ now })}
${answer(sql`(select count(*)::int from taken)`)}`);

const answer = (taken: SQL): SQL => sql`
select ${taken} as taken,
  coalesce((select jsonb_agg(to_jsonb(w)) from wakes w), '[]') as wakes,
  coalesce((select jsonb_agg(f.item) from follow_up f), '[]') as follow_up`;

/** `slice`: what the sink may have. One that acts leaves out what is too deep, and says so once per entity and hour. */
function slice(sink: Sink, now: Date): SQL {
  if (!sink.acting) return sql`slice as (select * from taken)`;
  const stopped = sql`select distinct on (entity_id) 'loop_stopped' as kind,
      entity_id || ':' || to_char(${now}::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24') as ref_id, 'events' as queue,
      jsonb_build_object('sink', ${sink.name}::text, 'type', type, 'depth', depth) as detail
    from taken where depth > ${MOST_DEPTH} order by entity_id, position`;
  return sql`slice as (select * from taken where depth <= ${MOST_DEPTH}),
stopped as (${openDeadLetters(stopped, now)})`;
}

/** Wakes as a sink's SQL names them: its area says queue and kind, which the queue's own schema checks on arrival. */
export const wakesOf = (resolved: readonly Resolved[]): Wake[] =>
  resolved.flatMap(({ wakes }) => wakes.map(({ queue, kind, id }) => ({ queue, message: { kind, id } }) as Wake));
