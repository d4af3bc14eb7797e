import { type NeonDbError, neon, neonConfig } from '@neondatabase/serverless';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NeonProxy, startNeonProxy } from '#local/neon-proxy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

let database: TestDatabase;
let proxy: NeonProxy;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  proxy = await startNeonProxy();
  neonConfig.fetchEndpoint = proxy.endpoint;
  await database.query('create table parent (id int primary key, name text not null unique)');
  await database.query('create table child (id int primary key, parent_id int references parent)');
});

afterAll(async () => {
  await proxy.stop();
  await database.drop();
});

beforeEach(async () => {
  proxy.setHook(undefined);
  await database.query('truncate parent, child');
});

const connect = () => neon(database.url);
const failure = (work: Promise<unknown>): Promise<NeonDbError> =>
  work.then(
    () => Promise.reject(new Error('it went through')),
    (error: NeonDbError) => error,
  );

describe('the Neon proxy, asked by the driver of Neon', () => {
  it('gives one query its rows, parsed by the driver', async () => {
    const rows = await connect().query(
      `select $1::int as n, $2::timestamptz as at, $3::jsonb as doc, $4::bytea as bytes, null as nothing,
              array[1,2] as list, 9007199254740993::bigint as big, true as flag, 1.50::numeric as money`,
      [7, '2026-11-25T10:00:00Z', { a: [1] }, Buffer.from([1, 255])],
    );
    expect(rows).toEqual([
      {
        n: 7,
        at: new Date('2026-11-25T10:00:00Z'),
        doc: { a: [1] },
        bytes: Buffer.from([1, 255]),
        nothing: null,
        list: [1, 2],
        big: '9007199254740993',
        flag: true,
        money: '1.50',
      },
    ]);
  });

  it('gives rows as arrays, with fields, command and count, when asked for the full result', async () => {
    const result = await connect().query('insert into parent values (1, $1), (2, $2) returning id, name', ['a', 'b'], {
      arrayMode: true,
      fullResults: true,
    });
    expect(result).toMatchObject({
      command: 'INSERT',
      rowCount: 2,
      rows: [
        [1, 'a'],
        [2, 'b'],
      ],
    });
    expect(result.fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
      ['id', 23],
      ['name', 25],
    ]);
  });

  it('keeps both of two columns of one name in array mode', async () => {
    expect(await connect().query('select 1 as x, 2 as x', [], { arrayMode: true })).toEqual([[1, 2]]);
  });

  it('refuses two statements in one query', async () => {
    const error = await failure(connect().query('select 1; select 2'));
    expect(error).toMatchObject({ code: '42601' });
  });

  it('runs a batch in one round trip and one transaction', async () => {
    const sql = connect();
    const before = { ...proxy.stats };
    const [first, second] = await sql.transaction([
      sql`select txid_current()::text as id, now()::text as at`,
      sql`select txid_current()::text as id, now()::text as at`,
    ]);
    expect(first).toEqual(second);
    expect(proxy.stats).toMatchObject({ requests: before.requests + 1, statements: before.statements + 2 });
    expect(proxy.stats.databaseMs).toBeGreaterThan(before.databaseMs);
  });

  it('rolls the whole batch back when one statement fails', async () => {
    const sql = connect();
    await failure(sql.transaction([sql`insert into parent values (1, 'a')`, sql`insert into parent values (1, 'b')`]));
    expect(await database.query('select * from parent')).toEqual([]);
  });

  it('hands over every field of a Postgres error', async () => {
    const sql = connect();
    await sql`insert into parent values (1, 'a')`;
    expect(await failure(sql`insert into parent values (2, 'a')`.then())).toMatchObject({
      name: 'NeonDbError',
      severity: 'ERROR',
      code: '23505',
      message: 'duplicate key value violates unique constraint "parent_name_key"',
      detail: 'Key (name)=(a) already exists.',
      schema: 'public',
      table: 'parent',
      constraint: 'parent_name_key',
      routine: '_bt_check_unique',
    });
    expect(await failure(sql`insert into parent values (3, null)`.then())).toMatchObject({
      code: '23502',
      column: 'name',
    });
    expect(await failure(sql`insert into child values (1, 9)`.then())).toMatchObject({
      code: '23503',
      constraint: 'child_parent_id_fkey',
    });
    expect(await failure(sql`selct`.then())).toMatchObject({ code: '42601', position: '1' });
  });

  it.each([
    ['ReadUncommitted', 'read uncommitted'],
    ['ReadCommitted', 'read committed'],
    ['RepeatableRead', 'repeatable read'],
    ['Serializable', 'serializable'],
  ] as const)('runs a batch at isolation level %s', async (isolationLevel, expected) => {
    const sql = connect();
    const [rows] = await sql.transaction([sql`show transaction_isolation`], { isolationLevel });
    expect(rows).toEqual([{ transaction_isolation: expected }]);
  });

  it('refuses a write in a read only batch', async () => {
    const sql = connect();
    const error = await failure(sql.transaction([sql`insert into parent values (1, 'a')`], { readOnly: true }));
    expect(error).toMatchObject({ code: '25006' });
    expect(await database.query('select * from parent')).toEqual([]);
  });

  it('takes a deferrable serializable read only batch', async () => {
    const sql = connect();
    const [rows] = await sql.transaction([sql`show transaction_deferrable`], {
      isolationLevel: 'Serializable',
      readOnly: true,
      deferrable: true,
    });
    expect(rows).toEqual([{ transaction_deferrable: 'on' }]);
  });

  it('lets no setting of one request reach the next', async () => {
    const sql = connect();
    await Promise.all(Array.from({ length: 20 }, () => sql`select set_config('app.secret', 'x', false)`));
    const seen = await Promise.all(
      Array.from({ length: 20 }, () => sql`select nullif(current_setting('app.secret', true), '') as secret`),
    );
    expect(seen.flat()).toEqual(Array.from({ length: 20 }, () => ({ secret: null })));
  });

  it('serves more callers at once than it has connections', async () => {
    const sql = connect();
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => sql`select ${n}::int as n, pg_sleep(0.01)`));
    expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 60 }, (_, n) => n));
  });

  it('tells a wrong password and a missing database as Postgres does', async () => {
    const wrong = new URL(database.url);
    wrong.pathname = '/no_such_database';
    expect(await failure(neon(wrong.href)`select 1`.then())).toMatchObject({ code: '3D000' });
  });

  it('is unavailable when Postgres cannot be reached', async () => {
    const error = await failure(neon('postgres://a:b@127.0.0.1:9/x')`select 1`.then());
    expect(error.message).toContain('HTTP status 503');
  });
});

describe('a dropped request', () => {
  it('leaves nothing behind when it is dropped before', async () => {
    proxy.setHook(() => 'drop-before');
    const error = await failure(connect()`insert into parent values (1, 'a')`.then());
    expect(error.message).toContain('Error connecting to database');
    expect(await database.query('select * from parent')).toEqual([]);
  });

  it('is committed all the same when it is dropped after', async () => {
    const sql = connect();
    proxy.setHook(() => 'drop-after');
    await failure(sql.transaction([sql`insert into parent values (1, 'a')`, sql`insert into child values (1, 1)`]));
    expect(await database.query('select * from child')).toEqual([{ id: 1, parent_id: 1 }]);
  });

  it('is known by its texts and its attempt', async () => {
    const sql = connect();
    const seen: unknown[] = [];
    proxy.setHook((request) => {
      seen.push(request);
      return request.attempt === 1 ? 'drop-before' : 'pass';
    });
    await failure(sql`select ${1}::int as n`.then());
    expect(await sql`select ${2}::int as n`).toEqual([{ n: 2 }]);
    expect(seen).toEqual([
      { queries: ['select $1::int as n'], attempt: 1 },
      { queries: ['select $1::int as n'], attempt: 2 },
    ]);
  });
});

it('adds the latency it is told to each round trip', async () => {
  const far = await startNeonProxy({ delayMs: 120 });
  const start = performance.now();
  const body = JSON.stringify({ queries: [1, 2, 3].map((n) => ({ query: `select ${n}`, params: [] })) });
  const response = await fetch(far.endpoint, {
    method: 'POST',
    headers: { 'Neon-Connection-String': database.url, 'Neon-Array-Mode': 'true', 'Neon-Raw-Text-Output': 'true' },
    body,
  });
  const { results } = (await response.json()) as { results: { rows: unknown }[] };
  expect(results.map(({ rows }) => rows)).toEqual([[['1']], [['2']], [['3']]]);
  expect(performance.now() - start).toBeGreaterThanOrEqual(119);
  await far.stop();
});
