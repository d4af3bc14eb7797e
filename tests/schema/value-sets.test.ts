import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import { PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { valueSetOf } from '#migrations/cli/check-widens.ts';
import { withClient } from '#migrations/cli/scratch-database.ts';
import { parseExpression, shapeOf } from '#migrations/cli/statements.ts';
import { readTableShapes } from '#migrations/cli/table-shape.ts';
import * as schema from '#schema/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

interface ValueSet {
  table: string;
  column: string;
  check: string;
  form: 'one' | 'some';
  values: string[];
}

let database: TestDatabase;
let sets: ValueSet[];

beforeAll(async () => {
  database = await createTestDatabase();
  const shapes = await withClient(database.url, readTableShapes);
  sets = shapes.flatMap(({ name: table, checks, columns: types }) =>
    checks.flatMap(({ name: check, columns, expression }) => {
      const [column] = columns;
      const set = columns.length === 1 ? valueSetOf(parseExpression(expression)) : undefined;
      if (set === undefined || column === undefined || set.of !== shapeOf(parseExpression(column))) return [];
      if (!types.find(({ name }) => name === column)?.type.startsWith('text')) return [];
      return [{ table, column, check, form: set.form, values: [...set.values] }];
    }),
  );
});
afterAll(() => database.drop());

const exported: readonly unknown[] = Object.values(schema);

/** Every column of the schema that names its value set, with that very array. */
const choices = exported.flatMap((value) => (is(value, PgTable) ? choicesOf(value) : []));

function choicesOf(table: PgTable) {
  return Object.values(getTableColumns(table)).flatMap((column) =>
    column.enumValues === undefined
      ? []
      : [{ place: `${getTableName(table)}.${toSnakeCase(column.name)}`, values: column.enumValues }],
  );
}

test('the schema has columns with value sets, and the database the checks', () => {
  expect(choices.length).toBeGreaterThan(50);
  expect(sets.length).toBeGreaterThanOrEqual(choices.length);
});

test('each value-set column has a check that lists exactly its array', () => {
  const listed = (place: string) =>
    sets
      .filter(({ table, column, form }) => form === 'one' && `${table}.${column}` === place)
      .map(({ values }) => values.toSorted());
  const wrong = choices.filter(
    ({ place, values }) => !listed(place).some((found) => found.join() === values.toSorted().join()),
  );
  expect(wrong).toEqual([]);
});

test('each value-set check takes every value of its set and refuses one outside', async () => {
  const wrong = await withClient(database.url, async (client) => {
    const found: string[] = [];
    for (const set of sets) {
      await client.query('begin');
      await leaveOnly(client, set);
      for (const value of set.values) {
        const outcome = await insertOne(client, set, value);
        if (outcome !== 'taken') found.push(`${set.check} on ${value}: ${outcome}`);
      }
      const outcome = await insertOne(client, set, 'outside_the_set');
      if (outcome !== `23514 ${set.check}`) found.push(`${set.check} on an outside value: ${outcome}`);
      await client.query('rollback');
    }
    return found;
  });
  expect(wrong).toEqual([]);
});

/** Takes away, within a transaction, everything but one check that could refuse a row. */
async function leaveOnly(client: pg.ClientBase, { table, check }: ValueSet): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select statement from (
       select contype = 'p' as first, format('alter table %s drop constraint if exists %I cascade', conrelid::regclass, conname) as statement
         from pg_constraint c where conrelid = $1::regclass and conname <> $2
         and not exists (select from pg_attribute a where a.attrelid = conrelid and a.attnum = any (c.conkey) and a.attidentity <> '' and contype = 'n')
       union all
       select false, format('drop index %s', indexrelid::regclass) from pg_index i
         where indrelid = $1::regclass and not exists (select from pg_constraint where conindid = i.indexrelid)
     ) obstacles order by first desc`,
    [`public."${table}"`, check],
  );
  await client.query(rows.map(({ statement }) => statement).join('; '));
}

async function insertOne(client: pg.ClientBase, { table, column, form }: ValueSet, value: string): Promise<string> {
  await client.query('savepoint one');
  try {
    await client.query(`insert into public."${table}" ("${column}") values ($1)`, [form === 'some' ? [value] : value]);
    return 'taken';
  } catch (error) {
    return error instanceof pg.DatabaseError ? `${error.code} ${error.constraint ?? error.message}` : String(error);
  } finally {
    await client.query('rollback to savepoint one');
  }
}
