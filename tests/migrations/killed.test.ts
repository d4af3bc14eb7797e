import { afterEach, expect, it } from 'vitest';
import { readMigrations } from '#migrations/cli/journal.ts';
import { MIGRATIONS_DIR, type MigrationFiles, migrate } from '#migrations/cli/migrate.ts';
import { catalogueOf } from '#tests/support/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

const files: MigrationFiles = readMigrations(MIGRATIONS_DIR);
/** The nth definition of a run at which its connection is killed; the runs go on where the one before left off. */
const KILLS = [1, 9, 70, 190, 330, 1, 90, 280, 1, 3, 80, 1, 20, 1];
const TIMEOUT_MS = 120_000;

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const db of open.splice(0)) await db.drop();
});
const database = async (from?: 'empty'): Promise<TestDatabase> => {
  const db = await createTestDatabase(from);
  open.push(db);
  return db;
};

it(
  'a migrator killed at any statement and run again ends in the same catalogue',
  async () => {
    const db = await database('empty');
    await db.query(`create schema chaos;
    create sequence chaos.seen;
    create table chaos.plan (at bigint);
    insert into chaos.plan values (0);
    create function chaos.strike() returns event_trigger language plpgsql as $$
    begin
      if nextval('chaos.seen') = (select at from chaos.plan) then perform pg_terminate_backend(pg_backend_pid()); end if;
    end $$;
    create event trigger strike on ddl_command_end execute function chaos.strike()`);
    const killAt = (at: number) => db.query(`select setval('chaos.seen', 1, false); update chaos.plan set at = ${at}`);
    let kills = 0;
    for (const at of KILLS) {
      await killAt(at);
      await migrate({ databaseUrl: db.url }).catch(() => {
        kills += 1;
      });
    }
    await killAt(0);
    await migrate({ databaseUrl: db.url });
    expect(kills).toBeGreaterThan(9);
    expect(await db.query('select count(*)::int as n from schema_migrations')).toEqual([{ n: files.length }]);
    expect(await catalogueOf(db)).toEqual(await catalogueOf(await database()));
  },
  TIMEOUT_MS,
);

it('killed when it notes a file as applied, nothing of that file is there', async () => {
  const db = await database('empty');
  await migrate({ databaseUrl: db.url, files: files.slice(0, 3), reconcile: false });
  await db.query(`create function public.strike() returns trigger language plpgsql as $$
    begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
    create trigger strike after insert on schema_migrations for each row execute function public.strike()`);
  await expect(migrate({ databaseUrl: db.url })).rejects.toThrow();
  expect(await db.query("select to_regclass('public.time_zones') as made")).toEqual([{ made: null }]);
  await db.query('drop function public.strike cascade');
  expect((await migrate({ databaseUrl: db.url })).applied).toEqual(files.slice(3).map(({ tag }) => tag));
});

it('an index left invalid by a killed build is built anew', async () => {
  const db = await database('empty');
  await migrate({ databaseUrl: db.url, files: files.slice(0, 2), reconcile: false });
  const writer = await db.connect();
  await writer.query('begin; lock table conversations in row exclusive mode');
  const running = expect(migrate({ databaseUrl: db.url })).rejects.toThrow();
  const invalid = () =>
    db.query<{ name: string }>(`select indexrelid::regclass::text as name from pg_index where not indisvalid`);
  await expect.poll(async () => (await invalid()).length, { timeout: 10_000 }).toBe(1);
  await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'mallard-migrate'`,
  );
  await running;
  await writer.query('commit');
  writer.release();
  const [left] = await invalid();
  expect(left?.name).toMatch(/^conversations_/);
  await migrate({ databaseUrl: db.url });
  expect(await invalid()).toEqual([]);
  expect(await catalogueOf(db)).toEqual(await catalogueOf(await database()));
});
