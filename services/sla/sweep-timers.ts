import { sql } from 'drizzle-orm';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { slaWake, WAKE_AHEAD_MS } from './sla-wake.ts';
import { SWEEP_ROWS, type Swept, sweepStatement } from './sweep-statement.ts';

/** How long one run goes on while there is a backlog; the rest is a message to itself. */
const MAX_RUN_MS = 20_000;

export interface SweepReport {
  /** Timers consumed, told or not. */
  fired: number;
  /** Told with an event. */
  told: number;
  /** The next second with a due timer, within the time that a tick plans for. */
  nextDue: Date | null;
}

/**
 * Fires every due timer. With nothing due it is one round trip and an index probe. The minute tick also plans a wake-up
 * for each second in which something is due before the next tick; a wake-up only sweeps, or they would multiply.
 */
export async function sweepTimers(kernel: Kernel, caller: 'tick' | 'wake' = 'tick'): Promise<SweepReport> {
  const began = kernel.db.spent.milliseconds;
  const sweep = sweepStatement(kernel);
  const [first, seconds] = await kernel.db.batch([sweep, dueSecondsStatement(kernel.now)], { kind: 'commit' });
  const runs: Swept[] = [first];
  const unfinished = () => runs.at(-1)?.claimed === SWEEP_ROWS;
  while (unfinished() && kernel.db.spent.milliseconds - began < MAX_RUN_MS) {
    const [next] = await kernel.db.batch([sweep], { kind: 'commit' });
    runs.push(next);
  }
  const now = kernel.now.getTime();
  const ahead = seconds.filter((second) => second >= Math.floor(now / 1000));
  const wakes = [
    ...dispatchOf(runs),
    ...(caller === 'tick' ? ahead.map((second) => slaWake(second, now)) : []),
    ...(unfinished() ? [slaWake(Math.floor(now / 1000) - 1, now)] : []),
  ];
  if (wakes.length > 0) await kernel.waker.wake(wakes);
  const total = (count: (run: Swept) => number) => runs.reduce((sum, run) => sum + count(run), 0);
  const next = ahead[0];
  return {
    fired: total(({ claimed }) => claimed),
    told: total(({ acted }) => acted),
    nextDue: next === undefined ? null : new Date(next * 1000),
  };
}

/**
 * The seconds of the epoch in which a timer is due before the next tick is surely over; what is overdue already counts as
 * the second before `now`.
 */
export function dueSecondsStatement(now: Date): Statement<number[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const until = new Date(now.getTime() + WAKE_AHEAD_MS).toISOString();
  const query = rows<{ second: string }>(sql`
    select distinct floor(extract(epoch from fire_at))::bigint as second from sla_timers
      where fired_at is null and fire_at >= ${at} and fire_at < ${until}::timestamptz
    union
    select floor(extract(epoch from ${at}))::bigint - 1
      where exists (select from sla_timers where fired_at is null and fire_at < ${at})
    order by second`);
  return { ...query, read: (result) => query.read(result).map(({ second }) => Number(second)) };
}

const dispatchOf = (runs: readonly Swept[]): Wake[] => {
  const id = runs.find(({ firstEventId }) => firstEventId !== null)?.firstEventId;
  return id === undefined || id === null ? [] : [{ queue: 'events', message: { kind: 'events', id } }];
};
