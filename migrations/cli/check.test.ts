import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pgTable, uuid } from 'drizzle-orm/pg-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as schema from '#schema/index.ts';
import { checkChain } from './check.ts';
import { MIGRATIONS_DIR } from './migrate.ts';
import { formatProblem } from './problem.ts';

let dir = '';
const problems = (also: Record<string, unknown> = {}) =>
  checkChain(dir, { ...schema, ...also }).problems.map(formatProblem);
const first = () =>
  join(
    dir,
    readdirSync(dir)
      .filter((name) => name.endsWith('.sql'))
      .toSorted()[0] ?? '',
  );

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chain-'));
  cpSync(join(MIGRATIONS_DIR, 'meta'), join(dir, 'meta'), { recursive: true });
  for (const name of readdirSync(MIGRATIONS_DIR))
    if (name.endsWith('.sql')) cpSync(join(MIGRATIONS_DIR, name), join(dir, name));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('the chain of this repository is whole, only adds, and says what the schema says', () => {
  expect(problems()).toEqual([]);
});

test('every problem is named at once, each with its proof and file', () => {
  appendFileSync(first(), '\ndrop table "teams";');
  writeFileSync(join(dir, '9999_stray.sql'), 'select 1;');
  const found = problems({ extra: pgTable('extra', { id: uuid() }) }).join('\n');
  expect(found).toContain('journal 9999_stray.sql: is on disk and not in the journal');
  expect(found).toMatch(/^P2 0000_base\.sql: Drop is not on the allow-list: drop table "teams"$/m);
  expect(found).toMatch(/^drift .*tables\.public\.extra is in the schema and not in the chain$/m);
});

test('a function edited in its file alone is drift', () => {
  writeFileSync(first(), readFileSync(first(), 'utf8').replace("concat('stale ', what)", "concat('stale: ', what)"));
  expect(problems()).toEqual(['drift 0000_base.sql: function require_rows differs from its source']);
});

test('a file that is not SQL is named, and the rest is still checked', () => {
  appendFileSync(first(), '\ncreate tabel x;');
  expect(problems().join('\n')).toContain('P2 0000_base.sql: is not SQL: syntax error at or near "tabel"');
});
