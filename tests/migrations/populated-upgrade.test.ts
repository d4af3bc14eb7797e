import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { catalogueDifferences, readCatalogue } from '#migrations/cli/catalogue.ts';
import { readMigrations } from '#migrations/cli/journal.ts';
import { MIGRATIONS_DIR, migrate } from '#migrations/cli/migrate.ts';
import { changedTables, type Upgrade, upgradePopulated } from '#migrations/cli/populated-upgrade.ts';
import { type ScratchServer, scratchServer, withClient } from '#migrations/cli/scratch-database.ts';

const UPGRADE_MS = 60_000;
const ROWS_MIN = 50;

/** Tables whose checks and keys allow only so many rows: the single ones, and those with a row per element of a value set. */
const SMALL = new Set([
  'settings',
  'ticket_settings',
  'sla_settings',
  'content_settings',
  'content_state',
  'heartbeats',
  'event_sinks',
  'compiled_configs',
  'integrations',
  'integration_platform_credentials',
]);

const files = readMigrations(MIGRATIONS_DIR);
let server: ScratchServer;
let upgrades: AsyncGenerator<Upgrade>;
let fresh: string[];

beforeAll(async () => {
  server = await scratchServer(inject('postgresUrl'));
  const empty = await server.create();
  await migrate({ databaseUrl: empty, files });
  fresh = await withClient(empty, readCatalogue);
  upgrades = upgradePopulated(server, files);
}, UPGRADE_MS);
afterAll(() => server.dispose());

describe.each(files.slice(0, -1).map(({ tag }) => tag))('a database full of rows that stands at %s', (tag) => {
  let upgrade: Upgrade;
  beforeAll(async () => {
    const { value } = await upgrades.next();
    upgrade = value;
  }, UPGRADE_MS);

  test('held enough rows in every table for the upgrade to meet them', () => {
    expect(upgrade.from).toBe(tag);
    const thin = upgrade.before.filter(({ table, rows }) => rows < (SMALL.has(table) ? 1 : ROWS_MIN));
    expect(thin).toEqual([]);
  });

  test('is upgraded without a single error of the Worker that goes on writing', () => {
    expect(upgrade.writer.errors).toEqual([]);
    expect(upgrade.writer.commits).toBeGreaterThan(0);
  });

  test('keeps every row as it was', () => {
    expect(changedTables(upgrade)).toEqual([]);
  });

  test('ends in the catalogue of a fresh one', () => {
    expect(catalogueDifferences(fresh, upgrade.catalogue)).toEqual([]);
  });
});
