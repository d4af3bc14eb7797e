import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogueDifferences, readCatalogue } from '#migrations/cli/catalogue.ts';
import { createFromSchema } from '#migrations/cli/create-from-schema.ts';
import { withClient } from '#migrations/cli/scratch-database.ts';
import * as schema from '#schema/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let migrated: TestDatabase;
let fromSchema: TestDatabase;

beforeAll(async () => {
  [migrated, fromSchema] = await Promise.all([createTestDatabase(), createTestDatabase('empty')]);
  await withClient(fromSchema.url, (client) => createFromSchema(client, { ...schema }));
});
afterAll(() => Promise.all([migrated.drop(), fromSchema.drop()]));

const catalogue = (database: TestDatabase) => withClient(database.url, readCatalogue);

test('the chain on an empty database and the schema make the same catalogue', async () => {
  expect(catalogueDifferences(await catalogue(migrated), await catalogue(fromSchema))).toEqual([]);
});

test.each([
  ['a column', 'alter table teams add column extra text', 'drop'],
  ['a default', "alter table teams alter column name set default 'x'", 'column teams.name'],
  ['nullability', 'alter table teams alter column name drop not null', 'column teams.name'],
  ['a constraint', 'alter table teams drop constraint teams_name_length_check', 'constraint teams_name_length_check'],
  ['a constraint not yet valid', 'alter table teams add constraint x check (true) not valid', 'NOT VALID valid f'],
  ['an index', 'create index extra on teams (name)', 'index CREATE INDEX extra'],
  [
    'a trigger',
    'create trigger extra before update on teams for each row execute function append_only()',
    'CREATE TRIGGER extra',
  ],
  ['a disabled trigger', 'alter table events disable trigger events_append_only', 'enabled D'],
  [
    'a function',
    "create or replace function fold(input text) returns text language sql immutable strict as $$ select 'x' $$",
    'function CREATE OR REPLACE FUNCTION public.fold',
  ],
  ['a grant', 'grant select on teams to public', 'public=SELECT'],
  ['a storage parameter', 'alter table teams set (fillfactor = 50)', 'fillfactor=50'],
])('%s that only one of the two has is seen', async (_what, statement, expected) => {
  const client = await fromSchema.connect();
  await client.query('begin');
  await client.query(statement);
  const changed = await readCatalogue(client);
  await client.query('rollback');
  client.release();
  const differences = catalogueDifferences(await catalogue(migrated), changed).join('\n');
  expect(differences).toContain(expected === 'drop' ? 'column teams.extra' : expected);
});
