import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { rows } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { SWEEP_ROWS, sweepStatement } from '#services/sla/sweep-statement.ts';
import { sweepTimers } from '#services/sla/sweep-timers.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { percentile } from './percentile.ts';
import { buffersOf, explain, rowsRead } from './plan.ts';
import type { Row, Section } from './table.ts';

const DUE = 10_000;
const IDLE_RUNS = 30;

export interface SlaPart {
  client: pg.Client;
  filled: FilledDesk;
  kernelAt(now: Date): Kernel;
}

/** The sweep with nothing due, then at the moment when ten thousand timers are: time passes, no row is touched before. */
export async function measureSlaTick(part: SlaPart): Promise<Section> {
  // Parts before this one have changed tickets, whose promises may be due by now.
  while ((await sweepTimers(part.kernelAt(new Date()))).fired > 0);
  const found = [await idle(part), await backlog(part)];
  return {
    title: `SLA tick, ${part.filled.openClocks.toLocaleString('en')} open clocks`,
    rows: found,
    notes: [
      `rows read, buffers: of one sweep (at most ${SWEEP_ROWS} timers) by EXPLAIN (ANALYZE, BUFFERS), rolled back.`,
      'Of a small desk the planner may scan a table whole, which is cheaper there; a million open clocks show the index.',
      'ms: of the whole tick, events, breaches and timeline written. Every tick also looks which seconds to wake for.',
    ],
  };
}

async function idle(part: SlaPart): Promise<Row> {
  const times: number[] = [];
  let statements = 0;
  for (let run = 0; run < IDLE_RUNS; run += 1) {
    const kernel = part.kernelAt(new Date());
    const started = performance.now();
    const { fired } = await sweepTimers(kernel);
    times.push(performance.now() - started);
    if (fired > 0) throw new Error(`${fired} timers were due where none should be`);
    statements = kernel.db.spent.statements;
  }
  const sweep = await explained(part, new Date());
  return { what: 'nothing due', fired: 0, ms: percentile(times, 50), trips: 1, statements, ...sweep };
}

async function backlog(part: SlaPart): Promise<Row> {
  const now = await momentOf(part.client, DUE);
  const sweep = await explained(part, now);
  const kernel = part.kernelAt(now);
  const started = performance.now();
  const { fired } = await sweepTimers(kernel);
  const { trips, statements } = kernel.db.spent;
  return {
    what: `${DUE.toLocaleString('en')} due`,
    fired,
    ms: performance.now() - started,
    trips,
    statements,
    ...sweep,
  };
}

async function explained({ client, kernelAt }: SlaPart, now: Date): Promise<Row> {
  const { Plan } = await explain(client, sweepStatement(kernelAt(now)));
  return { 'rows read': rowsRead(Plan), buffers: buffersOf(Plan) };
}

/** The first millisecond at which so many timers are due; all that there are, on a small desk. */
async function momentOf(client: pg.Client, due: number): Promise<Date> {
  const query = rows(sql`select max(fire_at) + interval '1 millisecond' as moment from (
    select fire_at from sla_timers where fired_at is null and fire_at is not null order by fire_at, id limit ${due}) t`);
  const found = await client.query<{ moment: Date }>(query.text, [...query.params]);
  return found.rows[0]?.moment ?? new Date();
}
