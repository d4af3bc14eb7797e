import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillTables } from '#migrations/cli/fill-tables.ts';
import { withClient } from '#migrations/cli/scratch-database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const FILL_MS = 60_000;
const ROWS = 3;

interface Key {
  name: string;
  table: string;
  target: string;
  columns: string[];
  targetColumns: string[];
  /** What a deletion of the target sets null; every column of the key unless it names some. */
  emptied: string[];
}

let database: TestDatabase;
let nulling: Key[];

beforeAll(async () => {
  database = await createTestDatabase();
  nulling = await database.query<Key & Record<string, unknown>>(SET_NULL);
  await withClient(database.url, (client) => fillTables(client, () => true, ROWS));
}, FILL_MS);
afterAll(() => database.drop());

test('no check names a column that a foreign key may set null', async () => {
  const named = await database.query(`
    select k.conname as check, a.attname as column from (${SET_NULL}) f
    join pg_constraint k on k.conrelid = f.relation and k.contype = 'c'
    join pg_attribute a on a.attrelid = f.relation and a.attnum = any (k.conkey) and f.emptied ? a.attname`);
  expect(named).toEqual([]);
});

test('a column that a foreign key may set null may be null', async () => {
  const fixed = await database.query(`
    select f.name, a.attname from (${SET_NULL}) f
    join pg_attribute a on a.attrelid = f.relation and f.emptied ? a.attname and a.attnotnull`);
  expect(fixed).toEqual([]);
});

test('deleting what is referenced by set null succeeds and leaves the row that pointed at it', async () => {
  const outcomes = await withClient(database.url, async (client) => {
    const found: string[] = [];
    for (const key of nulling) found.push(`${key.name} ${await deleteTarget(client, key)}`);
    return found;
  });
  expect(nulling.length).toBeGreaterThan(0);
  expect(outcomes).toEqual(nulling.map(({ name }) => `${name} emptied`));
});

async function deleteTarget(client: pg.ClientBase, key: Key): Promise<string> {
  const { table, target, columns, targetColumns } = key;
  await client.query('begin');
  try {
    await client.query(await withoutOtherKeys(target));
    const pointing = columns.map((column, place) => `"${column}" = t."${targetColumns[place]}"`);
    const { rows: linked } = await client.query<{ goal: string }>(
      `update public."${table}" r set ${pointing.join(', ')} from public."${target}" t
       where (r.tableoid, r.ctid) = (select tableoid, ctid from public."${table}" limit 1)
         and (t.tableoid, t.ctid) = (select tableoid, ctid from public."${target}" where (tableoid, ctid) <> (r.tableoid, r.ctid) limit 1)
       returning t.ctid::text as goal`,
    );
    if (linked.length === 0) return 'not tried';
    const before = await count(client, table);
    await client.query(`delete from public."${target}" where ctid = $1::tid`, [linked[0]?.goal]);
    const left = (await count(client, table)) + (table === target ? 1 : 0);
    return left === before ? 'emptied' : 'gone with its target';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.query('rollback');
  }
}

test('each foreign key has an index that leads with its columns and is usable for every row that points', async () => {
  const bare = await database.query(`
    select f.conname as key from pg_constraint f
    where f.contype = 'f' and f.connamespace = 'public'::regnamespace and not exists (
      select from pg_index i where i.indrelid = f.conrelid and i.indisvalid
        and (select count(*) from unnest(i.indkey::int2[]) with ordinality k (number, place)
          where place <= cardinality(f.conkey) and number = any (f.conkey)) = cardinality(f.conkey)
        and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = any (
          select format('(%I IS NOT NULL)', a.attname) from pg_attribute a where a.attrelid = f.conrelid and a.attnum = any (f.conkey))))
    order by 1`);
  expect(bare).toEqual([]);
});

async function count(client: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`select count(*)::int from public."${table}"`);
  return rows[0]?.count ?? 0;
}

/** Of everything that would refuse or spread the deletion, only the keys that set null stay. */
async function withoutOtherKeys(target: string): Promise<string> {
  const rows = await database.query<{ statement: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as statement
     from pg_constraint where contype = 'f' and confrelid = $1::regclass and confdeltype <> 'n'
     union all select format('alter table %s disable trigger user', $1::regclass)`,
    [`public."${target}"`],
  );
  return rows.map(({ statement }) => statement).join('; ');
}

const names = (table: string, keys: string) => `
  (select coalesce(jsonb_agg(a.attname order by k.place), '[]') from unnest(${keys}) with ordinality k (number, place)
    join pg_attribute a on a.attrelid = ${table} and a.attnum = k.number)`;

const SET_NULL = `
  select f.conname as name, f.conrelid as relation, c.relname as table, t.relname as target,
    ${names('f.conrelid', 'f.conkey')} as columns, ${names('f.confrelid', 'f.confkey')} as "targetColumns",
    ${names('f.conrelid', 'coalesce(f.confdelsetcols, f.conkey)')} as emptied
  from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class t on t.oid = f.confrelid
  where f.contype = 'f' and f.confdeltype = 'n' and f.connamespace = 'public'::regnamespace`;
