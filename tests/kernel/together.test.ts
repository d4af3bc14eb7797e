import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid, newId } from '#schema/ids.ts';
import { auditEvents, events, teams } from '#schema/index.ts';
import { insertRows } from '#services/kernel/insert-rows.ts';
import { rowsOf } from '#services/kernel/json-rows.ts';
import { joinStatements, overRows } from '#services/kernel/over-rows.ts';
import { qb, rows, run, statement } from '#services/kernel/query.ts';
import { hanging, together } from '#services/kernel/together.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { type TestKernel, testKernel } from '#tests/support/kernel.ts';

let db: TestDatabase;
let kernel: TestKernel;

beforeAll(async () => {
  db = await createTestDatabase();
  kernel = testKernel(db.url);
  await db.query('create table kept (id int primary key, note text)');
});
afterAll(() => db.drop());

const commit = (...statements: Parameters<typeof kernel.db.batch>[0]) =>
  kernel.db.batch(statements, { kind: 'commit' });
const kept = () => db.query('select id, note from kept order by id');

test('writes of one statement are all there or none; one that hits too few stops the others before they run', async () => {
  const put = (id: number) => ({ sql: sql`insert into kept values (${id}::int, 'new')` });
  const touch = (id: number) => ({
    sql: sql`update kept set note = 'seen' where id = ${id}::int`,
    guard: { rows: 1, what: 'kept' },
  });
  await commit(together([put(1), put(2)]));
  await commit(together([put(3), touch(1)]));
  expect(await kept()).toEqual([
    { id: 1, note: 'seen' },
    { id: 2, note: 'new' },
    { id: 3, note: 'new' },
  ]);
  // The second would violate the primary key; the guard speaks first.
  await expect(commit(together([put(3), touch(2), touch(99)]))).rejects.toMatchObject({ code: '40001' });
  expect((await kept())[1]).toEqual({ id: 2, note: 'new' });
});

test('rows as JSON are what rows as parameters are, to the last codec, and may be more than parameters can', async () => {
  const now = new Date('2026-03-29T01:30:00.123Z');
  const event = (n: number) => ({
    id: newId(kernel.ids, 'evt'),
    type: 'team.created',
    schemaVersion: '2026-11-01',
    entityType: 'team',
    entityId: idToUuid(newId(kernel.ids, 'team')),
    entitySeq: n,
    inboxIds: [newId(kernel.ids, 'inbox'), newId(kernel.ids, 'inbox')],
    teamIds: [],
    actorKind: 'system' as const,
    actorLabel: `a "quoted" \\ back, {brace} é 東京 ${n}`,
    surface: 'cron' as const,
    payload: { deep: [1, null, { 'k"': '\\' }], text: "it's" },
    silent: n % 2 === 0,
    occurredAt: now,
  });
  const [one, other] = [event(1), event(2)];
  await commit(statement(qb.insert(events).values(one)), together([insertRows(events, [other])]));
  const stored = await kernel.db.batch([statement(qb.select().from(events).orderBy(events.seq))], { kind: 'load' });
  const [asParameters, asJson] = stored[0].map(({ seq: _seq, recordedAt: _at, ...row }) => row);
  const own = { id: '', entityId: '', entitySeq: 0, inboxIds: [], actorLabel: '', silent: true };
  expect({ ...asJson, ...own }).toEqual({ ...asParameters, ...own });
  expect(asJson).toMatchObject({ inboxIds: other.inboxIds, actorLabel: other.actorLabel, payload: other.payload });
  const audit = {
    ...{ actorKind: 'system' as const, action: 'team.created', surface: 'cron' as const, occurredAt: now },
    ...{ changedFields: ['a', 'b "c"', '{d,e}'], changes: { a: [null, 'x'] }, ip: '10.0.0.1' },
  };
  await commit(together([insertRows(auditEvents, [audit, { ...audit, ip: undefined }])]));
  const [audited] = await kernel.db.batch(
    [
      rows(
        sql`select changed_fields, changes, host(ip) as ip, outcome from audit_events where action = 'team.created' order by seq`,
      ),
    ],
    { kind: 'load' },
  );
  const alike = { changed_fields: audit.changedFields, changes: audit.changes, outcome: 'allowed' };
  expect(audited).toEqual([
    { ...alike, ip: '10.0.0.1' },
    { ...alike, ip: null },
  ]);
  // 65,535 parameters are the protocol's limit; these would be 98,000.
  await commit(
    together([
      insertRows(
        events,
        Array.from({ length: 7000 }, (_, n) => event(n + 10)),
      ),
    ]),
  );
  expect(await db.query('select count(*)::int as n from events')).toEqual([{ n: 7002 }]);
});

test('rows that come as JSON are read as the builder reads them', async () => {
  await db.query("insert into teams (slug, name, archived_at) values ('one', 'One', now()), ('two', 'Two', null)");
  const [built, [json]] = await kernel.db.batch(
    [
      statement(qb.select().from(teams).orderBy(teams.slug)),
      rows<{ found: object[] }>(sql`select jsonb_agg(to_jsonb(t) order by t.slug) as found from teams t`),
    ],
    { kind: 'load' },
  );
  expect(rowsOf(teams, json?.found ?? null)).toEqual(built);
  expect(rowsOf(teams, null)).toEqual([]);
});

test('statements over rows that become one are put together once, and keep where they may hang', () => {
  let built = 0;
  const over = (n: number) =>
    overRows({ name: 'numbers', rank: 1 }, [n], (all) => {
      built += 1;
      return hanging('first', [{ sql: sql`insert into kept select unnest(${`{${all.join(',')}}`}::int[])` }]);
    });
  const [alone, joined, ...none] = joinStatements([over(7), run(sql`select 1`), over(8), over(9)]);
  expect(built).toBe(0);
  expect([alone?.text, joined?.params, joined?.hangs?.place, none]).toEqual(['select 1', ['{7,8,9}'], 'first', []]);
  expect(built).toBe(1);
});
