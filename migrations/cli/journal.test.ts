import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readChain, readMigrations } from './journal.ts';

const entries = [
  { idx: 0, version: '7', when: 1000, tag: '0000_base', breakpoints: true },
  { idx: 1, version: '7', when: 2000, tag: '0001_more', breakpoints: true },
  { idx: 2, version: '7', when: 3000, tag: '0002_last', breakpoints: true },
];
const idOf = (idx: number) => `00000000-0000-0000-0000-00000000000${idx + 1}`;
const snapshot = (idx: number, changes: object = {}) => ({
  id: idOf(idx),
  prevId: idx === 0 ? '00000000-0000-0000-0000-000000000000' : idOf(idx - 1),
  version: '7',
  dialect: 'postgresql',
  tables: {},
  enums: {},
  schemas: {},
  sequences: {},
  roles: {},
  policies: {},
  views: {},
  ...changes,
});

let dir = '';
const put = (path: string, content: unknown) =>
  writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
const journal = (changed: object[]) =>
  put('meta/_journal.json', { version: '7', dialect: 'postgresql', entries: changed });
const change = (at: number, changes: object) =>
  entries.map((entry, idx) => (idx === at ? { ...entry, ...changes } : entry));
const problems = () => readChain(dir).problems.map(({ file, reason }) => `${file}: ${reason}`);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chain-'));
  mkdirSync(join(dir, 'meta'));
  journal(entries);
  for (const { idx, tag } of entries) {
    put(`${tag}.sql`, `create table t${idx} (id uuid primary key);`);
    put(`meta/000${idx}_snapshot.json`, snapshot(idx));
  }
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a whole chain is read in order, each file with its hash', () => {
  const migrations = readMigrations(dir);
  expect(migrations.map(({ idx, file }) => [idx, file])).toEqual([
    [0, '0000_base.sql'],
    [1, '0001_more.sql'],
    [2, '0002_last.sql'],
  ]);
  expect(migrations[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(problems()).toEqual([]);
});

test('one changed byte changes the hash', () => {
  const before = readMigrations(dir)[1]?.sha256;
  put('0001_more.sql', 'create table t1 (id uuid primary key); ');
  expect(readMigrations(dir)[1]?.sha256).not.toBe(before);
});

describe('a broken chain is refused by the name of the file', () => {
  test.each<[string, () => void, RegExp]>([
    [
      'a hole',
      () => journal([...entries.slice(0, 2), { ...entries[2], idx: 3, tag: '0003_last' }]),
      /^0003_last\.sql: idx is 3 where 2 is next/,
    ],
    [
      'a doubled idx',
      () => journal(change(2, { idx: 1, tag: '0001_last' })),
      /^0001_last\.sql: idx 1 is taken by 0001_more\.sql/,
    ],
    [
      'entries out of order',
      () => journal([entries[0], entries[2], entries[1]].map((entry) => entry ?? {})),
      /^0002_last\.sql: idx is 2 where 1/,
    ],
    [
      'a tag of another number',
      () => journal(change(1, { tag: '0007_more' })),
      /^0007_more\.sql: the tag does not begin with 0001_/,
    ],
    [
      'an older when',
      () => journal(change(2, { when: 1500 })),
      /^0002_last\.sql: when 1500 is not after 2000 of 0001_more\.sql/,
    ],
    ['an equal when', () => journal(change(2, { when: 2000 })), /^0002_last\.sql: when 2000 is not after 2000/],
    ['a missing file', () => rmSync(join(dir, '0001_more.sql')), /^0001_more\.sql: is in the journal and missing/],
    ['a stray file', () => put('0003_stray.sql', 'select 1;'), /^0003_stray\.sql: is on disk and not in the journal/],
    [
      'a stray snapshot',
      () => put('meta/0003_snapshot.json', snapshot(3)),
      /^meta\/0003_snapshot\.json: belongs to no entry/,
    ],
    [
      'a missing snapshot',
      () => rmSync(join(dir, 'meta/0001_snapshot.json')),
      /^meta\/0001_snapshot\.json: is missing/,
    ],
    [
      'a broken snapshot',
      () => put('meta/0001_snapshot.json', '{"id":'),
      /^meta\/0001_snapshot\.json: is not readable/,
    ],
    [
      'a broken prevId',
      () => put('meta/0002_snapshot.json', snapshot(2, { prevId: idOf(0) })),
      /^meta\/0002_snapshot\.json: prevId is/,
    ],
    [
      'a copied snapshot',
      () => put('meta/0002_snapshot.json', snapshot(2, { id: idOf(1) })),
      /^meta\/0002_snapshot\.json: has the id of meta\/0001/,
    ],
    ['no journal', () => rmSync(join(dir, 'meta/_journal.json')), /^meta\/_journal\.json: is missing/],
    [
      'a broken journal',
      () => put('meta/_journal.json', '{"entries": [{}]}'),
      /^meta\/_journal\.json: is not readable/,
    ],
  ])('%s', (_name, plant, expected) => {
    plant();
    expect(problems()).toContainEqual(expect.stringMatching(expected));
    expect(() => readMigrations(dir)).toThrow();
  });
});

describe('two branches merged', () => {
  test('with the same number are refused, and the file of either side is named', () => {
    put('0002_other.sql', 'create table o (id uuid primary key);');
    journal([...entries, { ...entries[2], when: 3500, tag: '0002_other' }]);
    expect(problems()).toContainEqual(expect.stringMatching(/^0002_other\.sql: idx 2 is taken by 0002_last\.sql/));
  });

  test('with crossed timestamps are refused: no file is skipped in silence', () => {
    put('0003_other.sql', 'create table o (id uuid primary key);');
    put('meta/0003_snapshot.json', snapshot(3));
    journal([...entries, { ...entries[2], idx: 3, when: 2500, tag: '0003_other' }]);
    expect(problems()).toEqual(['0003_other.sql: when 2500 is not after 3000 of 0002_last.sql']);
  });
});
