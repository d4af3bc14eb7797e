import { generateDrizzleJson } from 'drizzle-kit/api';
import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgEnum, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { checkSnapshotAdditivity } from './additivity-snapshots.ts';
import { type Snapshot, type SnapshotColumn, type SnapshotTable, snapshotSchema } from './snapshot.ts';

const schema = {
  kind: pgEnum('kind', ['a']),
  team: pgTable('team', { id: uuid().primaryKey(), name: text().notNull(), kind: text(), parentId: uuid() }, (t) => [
    check('team_kind_check', sql`${t.kind} in ('a', 'b')`),
    index('team_name_idx').on(t.name),
    unique('team_kind_key').on(t.kind, t.name),
    foreignKey({ name: 'team_parent_fk', columns: [t.parentId], foreignColumns: [t.id] }),
  ]),
  link: pgTable('link', { a: uuid().notNull(), b: uuid().notNull() }, (t) => [
    primaryKey({ name: 'link_pk', columns: [t.a, t.b] }),
  ]),
};
const before = snapshotSchema.parse(
  JSON.parse(JSON.stringify(generateDrizzleJson(schema, undefined, undefined, 'snake_case'))),
);

type Edit = (team: SnapshotTable, all: Snapshot) => void;

function reasons(edit: Edit): string[] {
  const after = structuredClone(before);
  const team = after.tables['public.team'];
  if (team !== undefined) edit(team, after);
  const files = [
    { file: '0000.sql', snapshot: before },
    { file: '0001.sql', snapshot: after },
  ];
  return checkSnapshotAdditivity(files).map(({ file, reason }) => `${file}: ${reason}`);
}

const column =
  (shape: Partial<SnapshotColumn>): Edit =>
  (team) => {
    team.columns.n = { name: 'n', type: 'text', primaryKey: false, notNull: false, ...shape };
  };
const alter =
  (name: string, shape: Partial<SnapshotColumn>): Edit =>
  (team) => {
    Object.assign(team.columns[name] ?? {}, shape);
  };
const kindCheck =
  (value: string): Edit =>
  (team) => {
    team.checkConstraints.team_kind_check = { name: 'team_kind_check', value };
  };
const without =
  (part: 'columns' | 'indexes' | 'foreignKeys' | 'uniqueConstraints' | 'checkConstraints', name: string): Edit =>
  (team) => {
    delete team[part][name];
  };
const changed =
  (part: 'indexes' | 'foreignKeys' | 'uniqueConstraints', name: string, shape: object): Edit =>
  (team) => {
    team[part][name] = { ...Object(team[part][name]), ...shape };
  };

test.each<[string, Edit]>([
  ['nothing new', () => undefined],
  [
    'a new table',
    (team, all) => {
      all.tables['public.more'] = { ...team, name: 'more' };
    },
  ],
  ['a nullable column', column({})],
  ['a text with a constant default', column({ notNull: true, default: "'x'" })],
  ['a number with a constant default', column({ notNull: true, default: 0 })],
  ['an array with a constant default', column({ notNull: true, default: "'{}'::text[]" })],
  ['a virtual generated column', column({ generated: { as: 'lower(name)', type: 'virtual' } })],
  ['an index', changed('indexes', 'more_idx', {})],
  ['a foreign key', changed('foreignKeys', 'more_fk', {})],
  [
    'a check',
    (team) => {
      team.checkConstraints.more = { name: 'more', value: "name <> ''" };
    },
  ],
  ['a wider check', kindCheck(`"team"."kind" in ('a', 'c', 'b')`)],
])('%s passes', (_name, edit) => {
  expect(reasons(edit)).toEqual([]);
});

test.each<[string, Edit, string]>([
  [
    'a dropped table',
    (_, all) => {
      delete all.tables['public.link'];
    },
    'table public.link is gone',
  ],
  [
    'a dropped enum',
    (_, all) => {
      all.enums = {};
    },
    'enums public.kind is gone',
  ],
  ['a dropped column', without('columns', 'kind'), 'column kind of public.team is gone'],
  ['a retyped column', alter('kind', { type: 'integer' }), 'column kind of public.team changes'],
  ['set not null', alter('kind', { notNull: true }), 'column kind of public.team changes'],
  ['drop not null', alter('name', { notNull: false }), 'column name of public.team changes'],
  ['another default', alter('name', { default: "'x'" }), 'column name of public.team changes'],
  ['a dropped check', without('checkConstraints', 'team_kind_check'), 'check team_kind_check of public.team is gone'],
  ['a narrowed check', kindCheck(`"team"."kind" in ('a')`), 'check team_kind_check of public.team is not wider'],
  ['a dropped index', without('indexes', 'team_name_idx'), 'index team_name_idx of public.team is gone'],
  [
    'a changed index',
    changed('indexes', 'team_name_idx', { isUnique: true }),
    'index team_name_idx of public.team changes',
  ],
  [
    'a dropped unique key',
    without('uniqueConstraints', 'team_kind_key'),
    'unique key team_kind_key of public.team is gone',
  ],
  [
    'a new unique key',
    changed('uniqueConstraints', 'more_key', {}),
    'unique key more_key is new on the older table public.team',
  ],
  [
    'a dropped foreign key',
    without('foreignKeys', 'team_parent_fk'),
    'foreign key team_parent_fk of public.team is gone',
  ],
  [
    'a changed foreign key',
    changed('foreignKeys', 'team_parent_fk', { onDelete: 'cascade' }),
    'foreign key team_parent_fk of public.team changes',
  ],
  [
    'a changed primary key',
    (_, all) => {
      Object.assign(Object(all.tables['public.link']?.compositePrimaryKeys.link_pk), { columns: ['b', 'a'] });
    },
    'primary key link_pk of public.link changes',
  ],
  [
    'a new primary key',
    (team) => {
      team.compositePrimaryKeys.k = {};
    },
    'primary key k is new on the older table',
  ],
  [
    'a not-null column without default',
    column({ notNull: true }),
    'new column public.team.n is not null without a constant default',
  ],
  [
    'a not-null column with default null',
    column({ notNull: true, default: 'null' }),
    'new column public.team.n is not null without a constant default',
  ],
  ['a volatile default', column({ default: 'uuidv7()' }), 'new column public.team.n has a default that is no constant'],
  ['a stable default', column({ default: 'now()' }), 'new column public.team.n has a default that is no constant'],
  [
    'a stored generated column',
    column({ generated: { as: 'lower(name)', type: 'stored' } }),
    'new column public.team.n is generated and stored',
  ],
  ['an identity column', column({ identity: {} }), 'new column public.team.n is an identity'],
  ['a primary key column', column({ primaryKey: true }), 'new column public.team.n is a primary key'],
  [
    'row security',
    (team) => {
      team.isRLSEnabled = true;
    },
    'row security of public.team changes',
  ],
])('%s is refused', (_name, edit, expected) => {
  expect(reasons(edit).join('\n')).toContain(`0001.sql: ${expected}`);
});
