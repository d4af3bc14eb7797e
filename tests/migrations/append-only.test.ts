import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '#migrations/cli/migrate.ts';
import { APPEND_ONLY } from '#schema/functions.ts';
import { REDACTABLE, RETENTION } from '#schema/retention.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { onServer, withDatabase } from '#tests/support/maintenance.ts';

const REFUSED = { code: '42501' };
const PASSWORD = randomBytes(8).toString('hex');
const ASK_AGAIN = "select current_setting('mallard.append_only', true) as door";
const OWNER = `mallard_owner_${randomBytes(4).toString('hex')}`;

let db: TestDatabase;
let owner: pg.Client;
let app: pg.Client;

/** As in production: an owner that is no superuser migrates, and a role with fewer rights serves. */
beforeAll(async () => {
  const server = inject('postgresUrl');
  await onServer(
    server,
    `do $$ begin create role mallard_app login; exception when duplicate_object then null; end $$`,
  );
  await onServer(server, `alter role mallard_app password '${PASSWORD}'`);
  await onServer(server, `create role ${OWNER} login password '${PASSWORD}'`);
  db = await createTestDatabase('empty');
  await onServer(server, `alter database ${db.name} owner to ${OWNER}`);
  const login = async (user: string): Promise<pg.Client> => {
    const url = new URL(withDatabase(server, db.name));
    url.username = user;
    url.password = PASSWORD;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    return client;
  };
  const url = new URL(db.url);
  url.username = OWNER;
  url.password = PASSWORD;
  await migrate({ databaseUrl: url.href });
  owner = await login(OWNER);
  app = await login('mallard_app');
  await seed();
});
afterAll(async () => {
  await owner.end();
  await app.end();
  await db.drop();
});

/** One old ticket with activity, one event, one attempt, one sealed audit row. */
async function seed(): Promise<void> {
  await owner.query(`
    insert into contacts (name, sort_name, search_text) values ('Ada', 'ada', 'ada');
    insert into tickets (number, subject, channel, status_id, status_category, last_activity_at, last_public_at, created_at, deleted_at)
      select 1, 'Old', 'api', id, 'open', now(), now(), now(), null from ticket_statuses where category = 'open';
    insert into ticket_activity (ticket_id, revision, type, audience, actor_kind, actor_label, cause)
      select id, 1, 'created', 'internal', 'user', 'Ada', 'agent' from tickets;
    insert into events (type, schema_version, entity_type, entity_id, entity_seq, audience, actor_kind, actor_label, surface, payload, occurred_at, recorded_at)
      select 'ticket.created', '2026-11-25', 'ticket', id, 1, 'internal', 'user', 'Ada', 'api', '{"a": 1}', now() - interval '100 days', now() - interval '100 days' from tickets;
    insert into webhook_deliveries (delivery_id, target_id, round, attempt, outcome, started_at, response_body)
      select uuidv7(), uuidv7(), 1, n, 'delivered', now() - interval '40 days', 'hello Ada' from generate_series(1, 3) n`);
}

const both = () => [
  { who: 'owner', client: owner },
  { who: 'app role', client: app },
];

const filled = ['audit_events', 'events', 'ticket_activity', 'webhook_deliveries'] as const;
const someColumn = {
  audit_events: 'action',
  events: 'type',
  ticket_activity: 'type',
  webhook_deliveries: 'outcome',
} as const;

describe('history', () => {
  it.each(filled)('%s refuses update, delete and truncate, from the owner and from the app role', async (table) => {
    for (const { client } of both()) {
      await expect(
        client.query(`update ${table} set ${someColumn[table]} = ${someColumn[table]} || 'x'`),
      ).rejects.toMatchObject(REFUSED);
      await expect(client.query(`delete from ${table}`)).rejects.toMatchObject(REFUSED);
      await expect(client.query(`truncate ${table} cascade`)).rejects.toMatchObject(REFUSED);
    }
  });

  it('has both triggers on every append-only table', async () => {
    const { rows } = await owner.query<{ name: string }>(
      "select tgname as name from pg_trigger where tgfoid = 'append_only'::regproc order by 1",
    );
    expect(rows.map(({ name }) => name)).toEqual(
      Object.keys(APPEND_ONLY)
        .flatMap((table) => [`${table}_append_only`, `${table}_no_truncate`])
        .toSorted(),
    );
  });

  it('is not deleted with what it is about', async () => {
    await expect(owner.query('delete from tickets')).rejects.toMatchObject(REFUSED);
  });

  it('lets a referential action empty a foreign key, and nobody else', async () => {
    await owner.query(`
      create table subjects (id integer primary key);
      create table remarks (id integer, subject_id integer references subjects on delete set null, said text);
      create trigger remarks_append_only before update or delete on remarks for each row execute function append_only();
      insert into subjects values (1);
      insert into remarks values (1, 1, 'hello')`);
    await expect(owner.query('update remarks set subject_id = null')).rejects.toMatchObject(REFUSED);
    await owner.query('delete from subjects');
    expect((await owner.query('select * from remarks')).rows).toEqual([{ id: 1, subject_id: null, said: 'hello' }]);
    await owner.query('drop table remarks, subjects');
  });
});

describe('the columns that a variant names', () => {
  it('let dispatch give a position once, and erasure take the payload', async () => {
    await app.query('update events set position = 1, dispatched_at = now()');
    await expect(app.query('update events set position = 2')).rejects.toMatchObject(REFUSED);
    await expect(app.query('update events set position = null')).rejects.toMatchObject(REFUSED);
    await expect(app.query(`update events set payload = '{}'`)).rejects.toMatchObject(REFUSED);
    await expect(app.query("update events set type = 'x.y'")).rejects.toMatchObject(REFUSED);
  });

  it('let the salt of a leaf go and never come back, and a seal be purged once', async () => {
    await owner.query(`
      insert into audit_leaves (audit_seq, seal_no, leaf_index, leaf_hash, private_digest, private_salt)
        values (1, 1, 0, sha256('a'), sha256('b'), sha256('c'));
      insert into audit_seals (no, rows, first_seq, last_seq, root, hash, key_id, public_key, signature, sealed_at)
        values (1, 1, 1, 1, sha256('a'), sha256('b'), 'k', sha256('c'), sha256('d') || sha256('e'), now())`);
    await expect(app.query("update audit_leaves set private_salt = sha256('x')")).rejects.toMatchObject(REFUSED);
    await app.query('update audit_leaves set private_salt = null');
    await expect(app.query("update audit_leaves set private_salt = sha256('c')")).rejects.toMatchObject(REFUSED);
    await app.query('update audit_seals set purged_at = now()');
    await expect(app.query("update audit_seals set purged_at = now() + interval '1 day'")).rejects.toMatchObject(
      REFUSED,
    );
  });
});

describe('purging', () => {
  it('opens history for its own statement and shuts it again in the same session', async () => {
    const { rows } = await app.query("select purge_rows('webhook_deliveries', now() - interval '30 days', 2) as n");
    expect(rows).toEqual([{ n: '2' }]);
    expect((await app.query(ASK_AGAIN)).rows[0]?.door ?? '').toBe('');
    await expect(owner.query('delete from webhook_deliveries')).rejects.toMatchObject(REFUSED);
  });

  it('shuts it also after an error, in the transaction that goes on', async () => {
    await owner.query(`
      create table holders (id uuid references webhook_deliveries (id));
      insert into holders select id from webhook_deliveries;
      create function failing_purge() returns void language plpgsql as $$
      begin
        perform purge_rows('webhook_deliveries', now() - interval '30 days', 10);
      exception when foreign_key_violation then
        delete from webhook_deliveries;
      end $$`);
    await expect(owner.query('select failing_purge()')).rejects.toMatchObject(REFUSED);
    await owner.query('drop function failing_purge; drop table holders');
  });

  it('refuses an unlisted table, a young instant, and SQL in the name', async () => {
    const refused = { code: '22023' };
    const cut = "now() - interval '500 days'";
    for (const name of [
      'tickets',
      'user',
      'schema_migrations',
      'events"; drop table events; --',
      "events' or true --",
      'public.events',
      '',
    ]) {
      await expect(app.query(`select purge_rows($1, ${cut}, 10)`, [name])).rejects.toMatchObject(refused);
    }
    await expect(app.query("select purge_rows('events', now() - interval '29 days', 10)")).rejects.toMatchObject(
      refused,
    );
    await expect(app.query("select purge_rows('events', null, 10)")).rejects.toMatchObject(refused);
    await expect(app.query(`select purge_rows('events', ${cut}, 0)`)).rejects.toMatchObject(refused);
  });

  it('works for every table of the registry', async () => {
    for (const [table, rule] of Object.entries(RETENTION)) {
      if (rule === 'kept') continue;
      await expect(
        app.query("select purge_rows($1, now() - interval '10000 days', 100) as n", [table]),
        table,
      ).resolves.toMatchObject({
        rows: [{ n: '0' }],
      });
    }
  });

  it('never takes an event that a sink has not read, however old', async () => {
    await owner.query('update event_sinks set position = 0');
    const purge = () => app.query<{ n: string }>("select purge_rows('events', now() - interval '30 days', 10) as n");
    await owner.query(`insert into events (type, schema_version, entity_type, entity_id, entity_seq, audience, actor_kind, surface, payload, occurred_at, position, dispatched_at)
      values ('team.created', '2026-11-25', 'team', uuidv7(), 1, 'internal', 'system', 'cli', '{}', now(), 9, now() - interval '99 days'),
             ('team.created', '2026-11-25', 'team', uuidv7(), 1, 'internal', 'system', 'cli', '{}', now(), null, null)`);
    expect((await purge()).rows).toEqual([{ n: '0' }]);
    await owner.query('update event_sinks set position = 9');
    expect((await purge()).rows).toEqual([{ n: '1' }]);
    await owner.query('update event_sinks set position = 0');
  });

  it('of a ticket takes its history along, if the ticket is in the trash', async () => {
    const { rows } = await owner.query<{ id: string }>('select id from tickets');
    const ids = rows.map(({ id }) => id);
    expect((await app.query('select purge_tickets($1) as n', [ids])).rows).toEqual([{ n: '0' }]);
    await app.query('update tickets set deleted_at = now()');
    expect((await app.query('select purge_tickets($1) as n', [ids])).rows).toEqual([{ n: '1' }]);
    expect((await app.query('select from ticket_activity')).rowCount).toBe(0);
    expect((await app.query(ASK_AGAIN)).rows[0]?.door ?? '').toBe('');
  });
});

describe('redacting', () => {
  it('overwrites what the registry names, once, and leaves history shut', async () => {
    const { rows } = await app.query<{ id: string }>('select id from webhook_deliveries');
    const redact = () =>
      app.query("select redact_rows('webhook_deliveries', $1, '{response_body}') as n", [rows.map(({ id }) => id)]);
    expect((await redact()).rows).toEqual([{ n: String(rows.length) }]);
    expect((await redact()).rows).toEqual([{ n: '0' }]);
    expect((await app.query('select distinct response_body from webhook_deliveries')).rows).toEqual([
      { response_body: null },
    ]);
    await expect(owner.query("update webhook_deliveries set outcome = 'lost'")).rejects.toMatchObject(REFUSED);
  });

  it('knows every column of the registry', async () => {
    for (const [table, columns] of Object.entries(REDACTABLE)) {
      await app.query('select redact_rows($1, $2, $3)', [table, [], Object.keys(columns)]);
    }
  });

  it('refuses any other table or column, those that a hash covers above all', async () => {
    const attempts: [string, string[]][] = [
      ['audit_events', ['action']],
      ['audit_events', ['actor_label', 'actor_id']],
      ['audit_leaves', ['leaf_hash']],
      ['user', ['email']],
      ['events', []],
      ['events', ['type = type; --']],
    ];
    for (const [table, columns] of attempts) {
      await expect(app.query('select redact_rows($1, $2, $3)', [table, [], columns])).rejects.toMatchObject({
        code: '22023',
      });
    }
  });
});

describe('the app role', () => {
  it.each(['user', 'principal', 'settings'])('deletes no %s', async (table) => {
    await expect(app.query(`delete from "${table}"`)).rejects.toMatchObject(REFUSED);
  });

  it('reads the journal and writes nothing there, makes no table and no trigger', async () => {
    await app.query('select * from schema_migrations');
    await expect(app.query('delete from schema_migrations')).rejects.toMatchObject(REFUSED);
    await expect(app.query('create table mine (n integer)')).rejects.toMatchObject(REFUSED);
    await expect(app.query('alter table events disable trigger all')).rejects.toMatchObject(REFUSED);
  });

  it('cannot open history by hand', async () => {
    await app.query("set mallard.append_only = 'delete:events'");
    await expect(app.query('delete from events')).rejects.toMatchObject(REFUSED);
    await app.query("set mallard.append_only = 'redact:events'");
    await expect(app.query('update events set position = 77')).rejects.toMatchObject(REFUSED);
    await app.query('reset mallard.append_only');
  });

  it('works with everything else', async () => {
    await app.query("insert into teams (slug, name) values ('a', 'A'); update teams set name = 'B'; delete from teams");
    await app.query("select nextval('ticket_number_seq'), fold('Ä'), search_doc('x')");
  });
});
