import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withClient } from '#migrations/cli/scratch-database.ts';
import { nodesOf, parseExpression, stringsOf } from '#migrations/cli/statements.ts';
import { readTableShapes, type TableShape } from '#migrations/cli/table-shape.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let shapes: TableShape[];

beforeAll(async () => {
  database = await createTestDatabase();
  shapes = await withClient(database.url, readTableShapes);
});
afterAll(() => database.drop());

test('no check measures an array with array_length, which is null for an empty one and passes', () => {
  const measured = shapes.flatMap(({ checks }) =>
    checks.filter(({ expression }) =>
      nodesOf(parseExpression(expression), 'FuncCall').some(
        ({ funcname }) => stringsOf(funcname).at(-1) === 'array_length',
      ),
    ),
  );
  expect(measured).toEqual([]);
});

test('an array column is empty by itself, unless a check counts its elements', () => {
  const unset = shapes.flatMap(({ name, columns, checks }) =>
    columns
      .filter(
        ({ type, notNull, default: given, kind }) => type.endsWith('[]') && notNull && given === null && kind === '',
      )
      .filter((column) => !checks.some(({ expression }) => expression.includes(`cardinality(${column.name})`)))
      .map((column) => `${name}.${column.name}`),
  );
  expect(unset).toEqual([]);
});

test('where one element is needed, the database itself refuses an empty array', async () => {
  const rules = atLeastOne();
  const outcomes = await withClient(database.url, async (client) => {
    const found: string[] = [];
    for (const rule of rules) found.push(`${rule.check} ${await insertEmpty(client, rule)}`);
    return found;
  });
  expect(rules.length).toBeGreaterThan(0);
  expect(outcomes).toEqual(rules.map(({ check }) => `${check} refused by ${check}`));
});

interface Rule {
  table: string;
  column: string;
  check: string;
  expression: string;
}

async function insertEmpty(client: pg.ClientBase, { table, column, check, expression }: Rule): Promise<string> {
  await client.query('begin');
  try {
    await client.query(`create temp table probe as select * from public."${table}" limit 0;
      alter table probe add constraint "${check}" check (${expression})`);
    await client.query(`insert into probe ("${column}") values ('{}')`);
    return 'took it';
  } catch (error) {
    return error instanceof pg.DatabaseError ? `refused by ${error.constraint ?? error.message}` : String(error);
  } finally {
    await client.query('rollback');
  }
}

/** The checks that ask for a first element: `cardinality(x) >= 1`, `between 1 and n`, `= n`. */
function atLeastOne(): Rule[] {
  return shapes.flatMap(({ name: table, columns, checks }) =>
    checks.flatMap(({ name: check, columns: named, expression }) => {
      const [column] = named;
      const type = columns.find((candidate) => candidate.name === column)?.type;
      const needed =
        /cardinality\([^()]*\) (>=|=|>) \(?\(?[0-9]/.test(expression) && !/cardinality\([^()]*\) >= 0/.test(expression);
      return named.length === 1 && column !== undefined && type?.endsWith('[]') === true && needed
        ? [{ table, column, check, expression }]
        : [];
    }),
  );
}
