import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import { checkHandWrittenDrift, checkSchemaDrift, type HandWritten, readableSnapshotOf } from './drift.ts';

const columns = { id: uuid().primaryKey(), displayName: text().notNull() };
const last = readableSnapshotOf({ team: pgTable('team', columns, (t) => [index('team_name_idx').on(t.displayName)]) });
const drift = (schema: Record<string, unknown>) =>
  checkSchemaDrift(readableSnapshotOf(schema), last, 'meta/0000_snapshot.json').map(({ reason }) => reason);
const withIndex = (shape: object) =>
  pgTable('team', { ...columns, ...shape }, (t) => [index('team_name_idx').on(t.displayName)]);

test('the schema that the chain was made from has not drifted', () => {
  expect(drift({ team: withIndex({}) })).toEqual([]);
});

test.each<[string, Record<string, unknown>, string]>([
  [
    'a table nobody generated',
    { team: withIndex({}), more: pgTable('more', columns) },
    'tables.public.more is in the schema and not',
  ],
  ['a table taken out', {}, 'tables.public.team is in the chain and not'],
  [
    'a column nobody generated',
    { team: withIndex({ n: integer() }) },
    'tables.public.team.columns.n is in the schema and not',
  ],
  [
    'a changed column',
    { team: withIndex({ displayName: text() }) },
    'tables.public.team.columns.display_name.notNull is true in the chain',
  ],
  [
    'an index taken out',
    { team: pgTable('team', columns) },
    'tables.public.team.indexes.team_name_idx is in the chain and not',
  ],
  [
    'a check nobody generated',
    {
      team: pgTable('team', columns, (t) => [index('team_name_idx').on(t.displayName), check('team_check', sql`true`)]),
    },
    'tables.public.team.checkConstraints.team_check is in the schema and not',
  ],
])('%s is drift', (_name, schema, expected) => {
  expect(drift(schema).join('\n')).toContain(expected);
});

describe('functions, triggers and storage parameters', () => {
  const source: HandWritten = {
    objects: [
      {
        name: 'purge',
        kind: 'function',
        sql: "create function public.purge() returns text language sql as $b$ select 'a, b' $b$",
      },
      {
        name: 't',
        kind: 'trigger',
        sql: 'create trigger t before delete on public.team for each row execute function public.purge()',
      },
    ],
    storage: { team: 'fillfactor = 80' },
  };
  const purge = (list: string, create = 'create') =>
    `${create} function purge() returns text language sql as $b$ select '${list}' $b$;`;
  const rest =
    'create trigger t before delete on team for each row execute function purge(); alter table team set (fillfactor = 80);';
  const drift = (...files: string[]) =>
    checkHandWrittenDrift(
      files.map((sql, idx) => ({ idx, file: `000${idx}.sql`, sql })),
      source,
    ).map(({ file, reason }) => `${file}: ${reason}`);

  test('equal their source when the last definition does', () => {
    expect(drift(purge('a') + rest, purge('a, b', 'create or replace'))).toEqual([]);
  });

  test('a storage parameter may stand in the statement that creates the table', () => {
    const created = 'create table team (id uuid) with (fillfactor = 80);';
    expect(drift(purge('a, b') + created + rest.slice(0, rest.indexOf('alter')))).toEqual([]);
  });

  test.each<[string, string[], string]>([
    ['a list that the chain did not follow', [purge('a') + rest], '0000.sql: function purge differs from its source'],
    [
      'an edit in the last file alone',
      [purge('a, b') + rest, purge('a', 'create or replace')],
      '0001.sql: function purge differs from its source',
    ],
    ['a function that no file holds', [rest], '0000.sql: no file holds function purge'],
    ['a trigger that no file holds', [purge('a, b')], '0000.sql: no file holds trigger t on team'],
    [
      'a trigger on another event',
      [purge('a, b') + rest.replace('delete', 'update')],
      '0000.sql: trigger t on team differs from its source',
    ],
    [
      'a function without source',
      [purge('a, b') + rest + purge('x').replace('purge', 'other')],
      '0000.sql: function other has no source',
    ],
    [
      'another storage parameter',
      [purge('a, b') + rest.replace('80', '90')],
      '0000.sql: storage of team differs from its source',
    ],
  ])('%s is drift', (_name, files, expected) => {
    expect(drift(...files).join('\n')).toContain(expected);
  });
});
