import { sql } from 'drizzle-orm';
import { newId } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Sink } from '#services/kernel/sink.ts';
import { runSinkAlone } from './run-sink-alone.ts';
import { isSinkFault, isTooSlow } from './sink-fault.ts';
import { lockCursors, type Resolved, sinkStatement, wakesOf } from './sink-statement.ts';
import { SINKS } from './sinks.ts';

/** Events that one round numbers, and that one sink takes at once. */
export const ROUND = 200;

/** Database time after which a run hands over to another: a batch of messages may not last for ever. */
const MOST_MILLISECONDS = 20_000;

type Numbered = { taken: number; last_id: string | null };

/**
 * Gives committed events their place in the stream and every sink its next slice, one round trip per round of 200. Two at
 * once wait for each other; a kill at any step leaves either nothing or all of a round.
 */
export async function dispatchEvents(kernel: Kernel, sinks: readonly Sink[] = SINKS): Promise<void> {
  const started = kernel.db.spent.milliseconds;
  for (let lastId: string | null = null; ; ) {
    const round = await runRound(kernel, sinks);
    lastId = round.lastId ?? lastId;
    if (!round.more) return;
    if (kernel.db.spent.milliseconds - started < MOST_MILLISECONDS) continue;
    // A sink that catches up finds no new event to name; the wake is what counts.
    const id = lastId ?? newId(kernel.ids, 'evt');
    await kernel.waker.wake([{ queue: 'events', message: { kind: 'events', id } }]);
    return;
  }
}

async function runRound(kernel: Kernel, sinks: readonly Sink[]): Promise<{ more: boolean; lastId: string | null }> {
  const names = sinks.map((sink) => sink.name);
  const statements = [
    lockCursors(['stream', ...names]),
    numberStatement(kernel.now),
    ...sinks.map((sink) => sinkStatement(sink, ROUND, kernel.now)),
  ];
  let results: unknown[];
  try {
    results = await kernel.db.batch(statements, { kind: 'commit' });
  } catch (error) {
    if (!isSinkFault(error) && !isTooSlow(error)) throw error;
    return oneByOne(kernel, sinks);
  }
  const [numbered] = results[1] as Numbered[];
  const resolved = results.slice(2).map((found) => (found as Resolved[])[0] as Resolved);
  for (const [at, sink] of sinks.entries()) await sink.follow?.(kernel, resolved[at]?.follow_up ?? []);
  const wakes = wakesOf(resolved);
  if (wakes.length > 0) await kernel.waker.wake(wakes);
  return {
    more: numbered?.taken === ROUND || resolved.some(({ taken }) => taken === ROUND),
    lastId: numbered?.last_id ?? null,
  };
}

/** When a round fails, numbers are given all the same, and each sink works alone: the others do not notice. */
async function oneByOne(kernel: Kernel, sinks: readonly Sink[]): Promise<{ more: boolean; lastId: string | null }> {
  const [, [numbered]] = await kernel.db.batch([lockCursors(['stream']), numberStatement(kernel.now)], {
    kind: 'commit',
  });
  for (const sink of sinks) await runSinkAlone(kernel, sink, ROUND);
  return { more: numbered?.taken === ROUND, lastId: numbered?.last_id ?? null };
}

/**
 * Dense numbers in order of insertion, given after the commit and under the stream's lock: a reader that has seen position
 * p never sees a new event below it, in whatever order writers commit.
 */
const numberStatement = (now: Date): Statement<Numbered[]> =>
  rows<Numbered>(sql`
with n as (
  select seq, row_number() over (order by seq) as rn
  from (select seq from events where position is null and not test order by seq limit ${ROUND}) q
),
h as (
  update event_sinks set position = position + (select count(*) from n), updated_at = ${now}::timestamptz
  where sink = 'stream' and exists (select from n) returning position
),
numbered as (
  update events e set position = h.position - (select count(*) from n) + n.rn, dispatched_at = ${now}::timestamptz
  from n, h where e.seq = n.seq returning e.id, e.position
)
select count(*)::int as taken, (select public.to_typeid('evt', id) from numbered order by position desc limit 1) as last_id from numbered`);
