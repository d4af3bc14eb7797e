import type pg from 'pg';
import type { Statement } from '#services/kernel/query.ts';

/** A node of a plan as `EXPLAIN (FORMAT JSON)` writes it, as much of it as is used here. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: PlanNode[];
}

export interface Explained {
  Plan: PlanNode;
  'Planning Time': number;
  'Execution Time': number;
}

/** Rows that the scans of tables took up, those that a filter threw away included. */
export function rowsRead(node: PlanNode): number {
  const below = (node.Plans ?? []).reduce((sum, each) => sum + rowsRead(each), 0);
  if (node['Relation Name'] === undefined || node['Node Type'] === 'ModifyTable') return below;
  const each =
    (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return below + Math.round(each * (node['Actual Loops'] ?? 0));
}

/** Pages of shared memory that the whole plan touched; Postgres adds those of the nodes below to each node. */
export const buffersOf = (plan: PlanNode): number =>
  (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);

/**
 * Runs a statement under EXPLAIN in a transaction that is rolled back, `after` another of its batch. `timing` asks for the
 * clock at every node.
 */
export async function explain(
  client: pg.Client,
  statement: Statement,
  { timing = false, after }: { timing?: boolean; after?: Statement | undefined } = {},
): Promise<Explained> {
  await client.query('begin');
  try {
    if (after !== undefined) await client.query(after.text, [...after.params]);
    const options = `analyze, buffers, format json, timing ${timing ? 'on' : 'off'}`;
    const { rows } = await client.query<{ 'QUERY PLAN': [Explained] }>(`explain (${options}) ${statement.text}`, [
      ...statement.params,
    ]);
    const [found] = rows[0]?.['QUERY PLAN'] ?? [];
    if (found === undefined) throw new TypeError('EXPLAIN gives a plan');
    return found;
  } finally {
    await client.query('rollback');
  }
}

/** The plan as people read it. */
export async function explainText(client: pg.Client, statement: Statement): Promise<string> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${statement.text}`, [
    ...statement.params,
  ]);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
