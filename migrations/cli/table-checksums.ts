import type { ClientBase } from 'pg';
import { readTableShapes, type TableShape } from './table-shape.ts';

export interface TableSum {
  table: string;
  rows: number;
  /** `md5` over the `md5(row(columns…)::text)` in primary-key order. */
  checksum: string;
}

/** Remembers which rows there are and through which columns they are seen; `sums` reads just those again. */
export async function markRows(client: ClientBase): Promise<{ tables: TableShape[]; sums: () => Promise<TableSum[]> }> {
  const tables = await readTableShapes(client);
  await client.query(`create schema proof; ${tables.map(copyKeys).join('; ')}`);
  const query = tables.map(sumOf).join(' union all ');
  return { tables, sums: async () => (await client.query<TableSum>(query)).rows };
}

const list = (columns: readonly string[]): string => columns.map((name) => `t."${name}"`).join(', ');

/** A table that names no primary key is known by all its columns. */
const keyOf = ({ primaryKey, columns }: TableShape): string[] =>
  primaryKey.length > 0 ? primaryKey : columns.map(({ name }) => name);

const copyKeys = (table: TableShape): string =>
  `create table proof."${table.name}" as select ${list(keyOf(table))} from public."${table.name}" t`;

const sumOf = (table: TableShape): string => {
  const same = keyOf(table).map((key) => `t."${key}" is not distinct from k."${key}"`);
  const columns = list(table.columns.map(({ name }) => name));
  return `
  select '${table.name}' as table, count(*)::int as rows,
    coalesce(md5(string_agg(md5(row(${columns})::text), '' order by ${list(keyOf(table))})), '') as checksum
  from public."${table.name}" t join proof."${table.name}" k on ${same.join(' and ')}`;
};
