import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { readMigrations } from '#migrations/cli/journal.ts';
import { MIGRATIONS_DIR, type MigrationFiles, migrate } from '#migrations/cli/migrate.ts';
import { connect, takeLock } from '#migrations/cli/session.ts';
import { catalogueOf, writesOf } from '#tests/support/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { onServer, withDatabase } from '#tests/support/maintenance.ts';
import { serverOfVersion } from '#tests/support/other-version.ts';

const files: MigrationFiles = readMigrations(MIGRATIONS_DIR);
const tags = files.map(({ tag }) => tag);

const open: TestDatabase[] = [];
const database = async (from?: 'empty' | 'migrated'): Promise<TestDatabase> => {
  const db = await createTestDatabase(from);
  open.push(db);
  return db;
};
afterEach(async () => {
  for (const db of open.splice(0)) await db.drop();
});

const relations = async (db: TestDatabase): Promise<unknown[]> =>
  db.query("select relname from pg_class where relnamespace = 'public'::regnamespace order by 1");

describe('migrating', () => {
  it('applies the chain once, with one journal row per file, however often it runs', async () => {
    const db = await database('empty');
    expect(await migrate({ databaseUrl: db.url, release: '1.2.3' })).toEqual({ applied: tags });
    const before = await writesOf(db);
    expect(await migrate({ databaseUrl: db.url })).toEqual({ applied: [] });
    expect(await writesOf(db)).toEqual(before);
    const rows = await db.query(
      "select tag, encode(sha256, 'hex') as sha256, release from schema_migrations order by idx",
    );
    expect(rows).toEqual(files.map(({ tag, sha256 }) => ({ tag, sha256, release: '1.2.3' })));
  });

  it('by two migrators at once applies each file once and fails neither', async () => {
    const db = await database('empty');
    const results = await Promise.all([migrate({ databaseUrl: db.url }), migrate({ databaseUrl: db.url })]);
    expect(results.map(({ applied }) => applied.length).toSorted()).toEqual([0, files.length]);
    expect(await catalogueOf(db)).toEqual(await catalogueOf(await database()));
  });

  it('gives a role to nobody and makes no person', async () => {
    const db = await database();
    expect(await db.query('select from principal_role_assignments')).toEqual([]);
    expect(await db.query('select type, service_kind, display_name from principal')).toEqual([
      { type: 'service', service_kind: 'system', display_name: 'Mallard' },
    ]);
  });

  it('gives up as locked when another migrator holds the database', async () => {
    const db = await database();
    const holder = await connect(db.url);
    await takeLock(holder);
    const refused = migrate({ databaseUrl: db.url, lockWaitMs: 0 });
    await expect(refused).rejects.toMatchObject({ reason: 'locked', exitCode: 75 });
    await holder.end();
  });

  it('waits for no lock longer than a try, and gets through when the table is free again', async () => {
    const db = await database('empty');
    const late = files.findIndex(({ tag }) => tag.endsWith('calendars_and_sla'));
    await migrate({ databaseUrl: db.url, files: files.slice(0, late), reconcile: false });
    const reader = await db.connect();
    await reader.query('begin; select from tickets');
    const lines: string[] = [];
    const running = migrate({ databaseUrl: db.url, log: (line) => lines.push(line) });
    await expect
      .poll(() => lines.filter((line) => line.includes('55P03')).length, { timeout: 10_000 })
      .toBeGreaterThan(0);
    await db.query(
      "set statement_timeout = '2s'; update tickets set subject = 'x' where false; reset statement_timeout",
    );
    await reader.query('commit');
    reader.release();
    expect((await running).applied).toEqual(tags.slice(late));
  });

  it('of an older release on a newer database changes nothing and says so', async () => {
    const db = await database();
    await db.query('update settings set catalogue_hash = null');
    const before = await writesOf(db);
    const lines: string[] = [];
    const older = { databaseUrl: db.url, files: files.slice(0, 3), log: (line: string) => lines.push(line) };
    expect(await migrate(older)).toEqual({ applied: [] });
    expect(await writesOf(db)).toEqual(before);
    expect(lines.join()).toContain(`${files.length - 3} migrations ahead`);
  });

  it('with --plan names pending statements and the older table each locks, and writes nothing', async () => {
    const db = await database('empty');
    await migrate({ databaseUrl: db.url, files: files.slice(0, 1), reconcile: false });
    const before = await writesOf(db);
    const lines: string[] = [];
    await migrate({ databaseUrl: db.url, plan: true, log: (line) => lines.push(line) });
    expect(await writesOf(db)).toEqual(before);
    const at = lines.findIndex((line) => line.startsWith('ALTER TABLE "conversations" ADD COLUMN "ticket_id"'));
    expect(lines[at - 1]).toContain('locks conversations');
    expect(lines).toContain('-- reads conversations, blocks nobody');
  });

  it('names file, statement and SQLSTATE of what Postgres refuses, and keeps nothing of that file', async () => {
    const db = await database('empty');
    const broken = {
      idx: 0,
      tag: '0000_broken',
      sha256: '00'.repeat(32),
      sql: 'create table a (n integer);\n--> statement-breakpoint\nalter table b add column n integer;\n',
    };
    const failed = migrate({ databaseUrl: db.url, files: [broken] });
    await expect(failed).rejects.toThrow(/0000_broken\.sql: 42P01[\s\S]*alter table b add column n integer/);
    expect(await relations(db)).toEqual([]);
  });
});

describe('the chain is compared before anything is applied', () => {
  it('one changed byte in an applied file is refused by name', async () => {
    const db = await database();
    const edited = files.map((file, n) => (n === 1 ? { ...file, sha256: 'ab'.repeat(32) } : file));
    await expect(migrate({ databaseUrl: db.url, files: edited })).rejects.toThrow(/edited: 0001_ticketing_and_access/);
  });

  it('another file in the place of an applied one is refused by name', async () => {
    const db = await database();
    const crossed = files.map((file, n) => (n === 1 ? { ...file, tag: '0001_other' } : file));
    await expect(migrate({ databaseUrl: db.url, files: crossed })).rejects.toMatchObject({ reason: 'out_of_order' });
  });
});

describe('a first run refuses and writes nothing', () => {
  it('on a schema public that already holds a table', async () => {
    const db = await database('empty');
    await db.query('create table mine (n integer)');
    const before = await relations(db);
    await expect(migrate({ databaseUrl: db.url })).rejects.toMatchObject({ reason: 'not_empty', exitCode: 1 });
    expect(await relations(db)).toEqual(before);
  });

  it('on an encoding other than UTF8', async () => {
    const server = inject('postgresUrl');
    const name = `latin_${randomBytes(6).toString('hex')}`;
    await onServer(
      server,
      `create database ${name} template template0 encoding 'LATIN1' locale_provider libc locale 'C'`,
    );
    try {
      const databaseUrl = withDatabase(server, name);
      await expect(migrate({ databaseUrl })).rejects.toMatchObject({ reason: 'unsupported_database' });
      await expect(migrate({ databaseUrl })).rejects.toThrow(/LATIN1/);
    } finally {
      await onServer(server, `drop database ${name} with (force)`);
    }
  });

  it('on Postgres 17', async () => {
    const db = await database('empty');
    const [real] = await db.query<{ version: string }>("select current_setting('server_version_num') as version");
    const old = await serverOfVersion(db.url, real?.version ?? '', '170004');
    const refused = migrate({ databaseUrl: old.url });
    await expect(refused).rejects.toMatchObject({ reason: 'unsupported_database', exitCode: 1 });
    await expect(refused).rejects.toThrow(/this is 170004/);
    expect(await relations(db)).toEqual([]);
    await old.close();
  });

  it('through a pooled host', async () => {
    const databaseUrl = 'postgres://u:p@ep-x-pooler.eu.example/db';
    await expect(migrate({ databaseUrl })).rejects.toThrow(/pooled/);
  });
});
