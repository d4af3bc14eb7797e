import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDatabase } from '#migrations/cli/check-database.ts';
import { type Migration, readMigrations } from '#migrations/cli/journal.ts';
import { MIGRATIONS_DIR } from '#migrations/cli/migrate.ts';
import { withClient } from '#migrations/cli/scratch-database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const files = readMigrations(MIGRATIONS_DIR);
const last = files.at(-1)?.file;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const problems = (chain: readonly Migration[] = files, change = 'select') =>
  withClient(database.url, async (client) => {
    await client.query('begin');
    await client.query(change);
    const found = await checkDatabase(client, chain);
    await client.query('rollback');
    return found.map(({ file, reason }) => `${file}: ${reason}`);
  });

test('a migrated database has everything the chain made', async () => {
  expect(await problems()).toEqual([]);
});

test('an older release finds a newer database in order', async () => {
  expect(await problems(files.slice(0, -1))).toEqual([]);
});

test('a file that is not applied is named', async () => {
  expect(await problems(files, `delete from schema_migrations where idx = ${files.length - 1}`)).toEqual([
    `${last}: is not applied`,
  ]);
});

test('one changed byte in an applied file is named', async () => {
  const edited = files.map((file) => (file.idx === 1 ? { ...file, sha256: '0'.repeat(64) } : file));
  expect(await problems(edited)).toEqual([expect.stringContaining(files[1]?.tag ?? '')]);
});

test('an empty database has applied nothing', async () => {
  const empty = await createTestDatabase('empty');
  const found = await withClient(empty.url, (client) => checkDatabase(client, files));
  await empty.drop();
  expect(found.map(({ file }) => file)).toEqual(files.map(({ file }) => file));
});

test.each([
  ['a column', 'alter table teams drop column color', 'column teams.color text'],
  [
    'a column of another type',
    'alter table teams alter column short_label type varchar',
    'column teams.short_label text',
  ],
  ['not null', 'alter table teams alter column slug drop not null', 'column teams.slug text not null'],
  [
    'a check',
    'alter table teams drop constraint teams_name_length_check',
    'constraint teams_name_length_check on teams',
  ],
  ['an index', 'drop index teams_slug_key', 'index teams_slug_key on teams'],
  [
    'a whole index',
    "update pg_index set indisvalid = false where indexrelid = 'teams_slug_key'::regclass",
    'index teams_slug_key on teams',
  ],
  ['a trigger', 'drop trigger events_append_only on events', 'trigger events_append_only'],
  ['a trigger that is on', 'alter table events disable trigger events_append_only', 'trigger events_append_only'],
  ['a function', 'drop function purge_rows(text, timestamptz, integer)', 'function purge_rows'],
  ['a table', 'drop table macros cascade', 'table macros'],
])('%s that the live database lacks is named', async (_what, change, line) => {
  expect(await problems(files, change)).toContain(`${last}: the database lacks: ${line}`);
});
