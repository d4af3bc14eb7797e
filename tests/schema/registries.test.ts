import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { ID_PREFIXES } from '#schema/id-prefixes.ts';
import * as schema from '#schema/index.ts';
import { RETENTION } from '#schema/retention.ts';

const folder = fileURLToPath(new URL('../../schema/tables/', import.meta.url));
const declared = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => [...readFileSync(`${folder}${name}`, 'utf8').matchAll(/pgTable\(\s*'(\w+)'/g)])
  .map((match) => match[1] ?? '')
  .toSorted();
const exported: readonly unknown[] = Object.values(schema);
const tables = exported.flatMap((value) => (is(value, PgTable) ? [getTableConfig(value)] : []));
const names = tables.map(({ name }) => name).toSorted();

test('every table that a file declares is reachable from the schema index, once', () => {
  expect(names).toEqual(declared);
});

test('every table is in the retention registry, and nothing else is', () => {
  expect(Object.keys(RETENTION).toSorted()).toEqual(names);
});

test('the retention of a table counts an instant that the table has', () => {
  const wrong = Object.entries(RETENTION).flatMap(([name, rule]) => {
    if (rule === 'kept') return [];
    const columns = tables.find((table) => table.name === name)?.columns ?? [];
    const instants = columns
      .filter((column) => column.getSQLType().startsWith('timestamp'))
      .map((column) => nameOf(column.name));
    return [rule.column, ...(rule.also === undefined ? [] : [rule.also.column])]
      .filter((column) => !instants.includes(column))
      .map((column) => `${name}.${column}`);
  });
  expect(wrong).toEqual([]);
});

test('every table with ids of its own has a prefix in the id registry', () => {
  const registered = new Set<string>(
    Object.values(ID_PREFIXES).flatMap(({ table }) => (table === null ? [] : [table])),
  );
  const withIds = tables
    .filter(({ columns }) => columns.some(({ name, primary }) => name === 'id' && primary))
    .map(({ name }) => name);
  expect(withIds.filter((name) => !registered.has(name))).toEqual([]);
});

test('the id of a table speaks the prefix that the registry gives the table', () => {
  const wrong = tables.flatMap(({ name, columns }) => {
    const id = columns.find((column) => column.name === 'id' && column.primary);
    const prefixes = Object.entries(ID_PREFIXES)
      .filter(([, { table }]) => table === name)
      .map(([prefix]) => prefix);
    const refusal =
      id === undefined || prefixes.length === 0 ? undefined : refusalOf(() => id.mapToDriverValue('none'));
    return refusal === undefined || prefixes.some((prefix) => refusal.includes(` ${prefix} column`))
      ? []
      : [`${name}: ${refusal}`];
  });
  expect(wrong).toEqual([]);
});

const nameOf = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function refusalOf(work: () => unknown): string {
  try {
    work();
    return 'takes anything';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
