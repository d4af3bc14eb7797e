import { readdirSync } from 'node:fs';
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshotOfSchema } from '#migrations/cli/drizzle-snapshot.ts';
import { UNIQUE_REASONS } from '#schema/constraints.ts';
import * as schema from '#schema/index.ts';
import { REDACTABLE, RETENTION } from '#schema/retention.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

const MAX_BYTES = 63;
const TABLES_DIR = new URL('../../schema/tables/', import.meta.url);

const { tables } = snapshotOfSchema({ ...schema });
const all = Object.values(tables);

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const names = async (sql: string): Promise<string[]> =>
  (await db.query<{ name: string }>(sql)).map(({ name }) => name).toSorted();
const ofTables = (select: (table: (typeof all)[number]) => object): string[] =>
  all.flatMap((table) => Object.keys(select(table))).toSorted();

describe('names in the database equal those of the schema, byte for byte', () => {
  const constraints = (kind: string) =>
    names(`select conname as name from pg_constraint where connamespace = 'public'::regnamespace and contype = '${kind}'
      and conrelid <> 'schema_migrations'::regclass`);

  it('checks', async () => expect(await constraints('c')).toEqual(ofTables((table) => table.checkConstraints)));
  it('foreign keys', async () => expect(await constraints('f')).toEqual(ofTables((table) => table.foreignKeys)));
  it('unique constraints', async () =>
    expect(await constraints('u')).toEqual(ofTables((table) => table.uniqueConstraints)));
  it('indexes', async () => {
    const found = await names(`select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
      where c.relnamespace = 'public'::regnamespace and not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u'))`);
    expect(found).toEqual(ofTables((table) => table.indexes));
  });
  it('none is long enough to be cut', () => {
    const given = all.flatMap((table) =>
      [table.checkConstraints, table.foreignKeys, table.uniqueConstraints, table.indexes].flatMap(Object.keys),
    );
    expect(given.filter((name) => Buffer.byteLength(name) > MAX_BYTES)).toEqual([]);
  });
});

describe('the registries', () => {
  it('the schema index exports every table file', async () => {
    const exported = new Set<unknown>(Object.values(schema));
    for (const file of readdirSync(TABLES_DIR)) {
      const module: Record<string, unknown> = await import(new URL(file, TABLES_DIR).href);
      for (const [name, value] of Object.entries(module)) {
        if (is(value, PgTable)) expect(exported.has(value), `${name} of ${file}`).toBe(true);
      }
    }
  });

  it('every table is kept or ends, and the registry names no other', () => {
    const inSchema = Object.values(schema).flatMap((value) => (is(value, PgTable) ? [getTableName(value)] : []));
    expect(Object.keys(RETENTION).toSorted()).toEqual(inSchema.toSorted());
  });

  it('retention and redaction name columns that exist, within their bounds', () => {
    for (const [table, rule] of Object.entries(RETENTION)) {
      if (rule === 'kept') continue;
      expect(tables[`public.${table}`]?.columns, table).toHaveProperty(rule.column);
      if (rule.also !== undefined) expect(tables[`public.${table}`]?.columns, table).toHaveProperty(rule.also.column);
      expect(rule.min <= rule.days && rule.days <= rule.max, table).toBe(true);
    }
    for (const [table, columns] of Object.entries(REDACTABLE)) {
      for (const column of Object.keys(columns))
        expect(tables[`public.${table}`]?.columns, table).toHaveProperty(column);
    }
  });

  it('reasons are given for unique constraints that exist', () => {
    const unique = all.flatMap((table) => [
      ...Object.keys(table.uniqueConstraints),
      ...Object.values(table.indexes).flatMap((index) =>
        'isUnique' in index && index.isUnique === true ? [index.name] : [],
      ),
    ]);
    expect(Object.keys(UNIQUE_REASONS).filter((name) => !unique.includes(name))).toEqual([]);
  });
});
