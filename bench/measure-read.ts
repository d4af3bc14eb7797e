import type pg from 'pg';
import type { Statement } from '#services/kernel/query.ts';
import { percentile } from './percentile.ts';
import { buffersOf, type Explained, explain, explainText } from './plan.ts';
import { plansInside } from './plans-inside.ts';
import { scheduledMs } from './process-cpu.ts';
import { rowsTouched } from './rows-touched.ts';
import type { Row } from './table.ts';

const RUNS = 20;

/** A read, and what its batch says before it. */
export interface Scene {
  what: string;
  statement: Statement;
  before?: Statement | undefined;
}

/** A row of figures for a read, and its plan for people. */
export async function measureRead(client: pg.Client, scene: Scene): Promise<{ row: Row; plan: string }> {
  const { what, statement, before } = scene;
  const explained: Explained[] = [];
  const cpu: number[] = [];
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const spent = (): number => scheduledMs(rows[0]?.pid ?? 0) ?? Number.NaN;
  for (let n = 0; n < RUNS; n += 1) {
    explained.push(await explain(client, statement, { after: before }));
    await client.query('begin');
    if (before !== undefined) await client.query(before.text, [...before.params]);
    const start = spent();
    await client.query(statement.text, [...statement.params]);
    cpu.push(spent() - start);
    await client.query('rollback');
  }
  const { index, heap } = await rowsTouched(client, statement, { before });
  await client.query(before === undefined ? 'begin' : `begin; ${before.text}`);
  const plan = `${await explainText(client, statement)}\n${await plansInside(client, statement)}`;
  await client.query('rollback');
  const times = (name: 'Planning Time' | 'Execution Time') => explained.map((each) => each[name]);
  const last = explained.at(-1)?.Plan;
  const whole = percentile(cpu, 50);
  return {
    plan: `${what}\n\n${plan}\n`,
    row: {
      what,
      'planning p50 ms': percentile(times('Planning Time'), 50),
      'execution p50 ms': percentile(times('Execution Time'), 50),
      'execution p95 ms': percentile(times('Execution Time'), 95),
      'cpu p50 ms': Number.isNaN(whole) ? null : whole,
      'index rows': index,
      'heap rows': heap,
      buffers: last === undefined ? null : buffersOf(last),
    },
  };
}
