import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { changedTables, type Upgrade, upgradePopulated } from '#migrations/cli/populated-upgrade.ts';
import { type ScratchServer, scratchServer } from '#migrations/cli/scratch-database.ts';
import { mergedChain } from './merged-chain.ts';

const UPGRADE_MS = 120_000;

const HARM = `
update teams set description = 'filled by the migration' where id in (select id from teams limit 1);
delete from macros where id in (select id from macros limit 1);
alter table principal add constraint principal_closed_check check (display_name <> 'Writer') not valid;`;

let server: ScratchServer;
let upgrade: Upgrade;

beforeAll(async () => {
  server = await scratchServer(inject('postgresUrl'));
  const { value } = await upgradePopulated(server, mergedChain(HARM)).next();
  upgrade = value;
}, UPGRADE_MS);
afterAll(() => server.dispose());

test('a row that a migration changes and one that it deletes are seen, each by its table', () => {
  expect(changedTables(upgrade)).toEqual([expect.stringMatching(/^macros: /), expect.stringMatching(/^teams: /)]);
});

test('a rule that refuses what the older Worker writes is seen as errors of the writer', () => {
  expect(upgrade.writer.errors[0]).toContain('principal_closed_check');
});
