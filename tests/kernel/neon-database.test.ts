import { neon, neonConfig } from '@neondatabase/serverless';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { tickets } from '#schema/index.ts';
import { DatabaseUnreachable } from '#services/kernel/database.ts';
import { neonDatabase } from '#services/kernel/neon-database.ts';
import { none, nothing, onlyIf, qb, type RawResult, rows, statement } from '#services/kernel/query.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

let db: TestDatabase;
const port = (url = db.url, fetchEndpoint = inject('neonEndpoint')) =>
  neonDatabase({ url, fetchEndpoint, clock: Date.now });

beforeAll(async () => {
  db = await createTestDatabase('empty');
});
afterAll(() => db.drop());

const TRICKY = [
  sql`select 1::int4 as i, 2::int2 as s, 1.5::float8 as f, true as yes, false as no, null as nothing`,
  sql`select '{"a": [1, {"b": null}]}'::jsonb as j, 'x'::text as t, '1.10'::numeric as n, 9007199254740993::int8 as big`,
  sql`select array['a', 'b c', 'q"uo\\te', '', null, 'NULL', '{x},y']::text[] as words, '{}'::text[] as none`,
  sql`select ${"text with ' and \\ and ünï"}::text as t, ${42}::int as i, ${true}::bool as b, ${null}::text as n`,
  sql`select ${JSON.stringify({ deep: ['ü', { x: 1 }] })}::jsonb as j, ${'\\x00ff'}::bytea as bytes`,
];

test('it reads and writes values as the official driver does', async () => {
  neonConfig.fetchEndpoint = inject('neonEndpoint');
  const official = neon(db.url, { fullResults: true });
  for (const query of TRICKY) {
    const statement = rows(query);
    const [ours] = await port().batch([statement], { kind: 'load' });
    const theirs = await official.query(statement.text, [...statement.params]);
    const comparable = theirs.rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value,
        ]),
      ),
    );
    expect(ours).toEqual(comparable);
  }
});

test('times stay text, and a Date that is written comes back to the millisecond', async () => {
  const at = new Date('2026-03-29T01:30:00.123Z');
  const [found] = await port().batch([rows<{ at: string }>(sql`select ${at}::timestamptz(3) as at`)], { kind: 'load' });
  expect(new Date(found[0]?.at ?? '').getTime()).toBe(at.getTime());
});

test('a batch is one transaction: what fails at its end leaves nothing of its beginning', async () => {
  await db.query('create table kept (id int primary key)');
  const twice = [rows(sql`insert into kept values (1)`), rows(sql`insert into kept values (1)`)];
  await expect(port().batch(twice, { kind: 'commit' })).rejects.toMatchObject({
    code: '23505',
    constraint: 'kept_pkey',
  });
  expect(await db.query('select * from kept')).toEqual([]);
});

test('a load cannot write, and a commit can', async () => {
  const write = [rows(sql`insert into kept values (2)`)];
  await expect(port().batch(write, { kind: 'load' })).rejects.toMatchObject({ code: '25006' });
  await port().batch(write, { kind: 'commit' });
});

test('what is known to find nothing stays at home: the others keep their places, and nothing else makes no trip', async () => {
  const db = port();
  const n = (value: number) => rows<{ n: number }>(sql`select ${value}::int as n`);
  const never = statement(qb.select({ id: tickets.id }).from(tickets).where(nothing));
  const idle = onlyIf(false, n(7));
  const batch = [idle, n(1), never, none<string>(), onlyIf(true, n(2))] as const;
  expect(await db.batch(batch, { kind: 'load' })).toEqual([[], [{ n: 1 }], [], [], [{ n: 2 }]]);
  expect(db.spent).toMatchObject({ trips: 1, statements: 2 });
  expect(await db.batch([idle, never], { kind: 'load' })).toEqual([[], []]);
  expect(db.spent).toMatchObject({ trips: 1, statements: 2 });
  // A wrapped reading stays idle, as those of one row are.
  const first = { ...never, read: (result: RawResult) => never.read(result)[0] };
  expect(await db.batch([first], { kind: 'load' })).toEqual([undefined]);
});

test('a database out of reach is told apart by whether something may have been written', async () => {
  const away = port(db.url, 'http://127.0.0.1:9/sql');
  const select = [rows(sql`select 1`)];
  await expect(away.batch(select, { kind: 'load' })).rejects.toMatchObject({
    name: 'DatabaseUnreachable',
    duringCommit: false,
  });
  await expect(away.batch(select, { kind: 'commit' })).rejects.toBeInstanceOf(DatabaseUnreachable);
});
