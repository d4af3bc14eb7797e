import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMigrations } from '#migrations/cli/journal.ts';
import { MIGRATIONS_DIR, migrate } from '#migrations/cli/migrate.ts';
import { startReleaseWriter } from '#migrations/cli/release-writer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Longer than the writer lets any statement take: one that queued behind the migration for so long would fail. */
const HELD_MS = 4_000;
const TEST_MS = 60_000;

const files = readMigrations(MIGRATIONS_DIR);
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  await migrate({ databaseUrl: database.url, files: files.slice(0, 1), reconcile: false });
});
afterAll(() => database.drop());

test(
  'a long transaction on principal makes the migration try again, while every other writer gets through',
  async () => {
    const holder = await database.connect();
    await holder.query('begin');
    await holder.query(
      `insert into principal (type, service_kind, display_name) values ('service', 'system', 'Holder')`,
    );
    const writer = await startReleaseWriter(database.url, []);
    const lines: string[] = [];
    const migrating = migrate({ databaseUrl: database.url, files, log: (line) => lines.push(line) });
    await sleep(HELD_MS);
    const appliedMeanwhile = lines.filter((line) => line.endsWith(' applied'));
    await holder.query('commit');
    holder.release();
    const { applied } = await migrating;
    const report = await writer.stop();
    expect(appliedMeanwhile).toEqual([]);
    expect(lines).toContain(`${files[1]?.tag}: 55P03, once more`);
    expect(applied).toEqual(files.slice(1).map(({ tag }) => tag));
    expect(report.errors).toEqual([]);
    expect(report.commits).toBeGreaterThan(0);
  },
  TEST_MS,
);
