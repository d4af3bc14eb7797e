import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '#services/kernel/database.ts';
import { purgeExpired } from '#services/retention/purge-expired.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKernel } from '../support/kernel.ts';

/** More than two rounds of 5,000. */
const ATTEMPTS = 11_000;
const ROUND = 5000;
const EVENTS = 300;

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** All of it a year and a half old: much that is over, and an event and a delivery that are still to be dealt with. */
beforeEach(async () => {
  await db.query(`set session_replication_role = replica; delete from deliveries; delete from events; delete from webhook_deliveries;
    reset session_replication_role;
    update event_sinks set position = ${EVENTS};
    insert into webhook_deliveries (delivery_id, target_id, round, attempt, outcome, started_at)
      select uuidv7(), uuidv7(), 1, 1, 'delivered', now() - interval '500 days' from generate_series(1, ${ATTEMPTS});
    insert into events (type, schema_version, entity_type, entity_id, entity_seq, audience, actor_kind, surface, payload, occurred_at,
        recorded_at, position, dispatched_at)
      select 'team.created', '2026-11-25', 'team', uuidv7(), 1, 'internal', 'system', 'cli', '{}', at, at, position,
        case when position is not null then at end
      from (select now() - interval '500 days' as at, nullif(n, 0) as position from generate_series(0, ${EVENTS}) n) old;
    insert into deliveries (id, event_id, sink, target_id, entity_id, entity_seq, state, next_attempt_at, ended_at)
      select uuidv7(), id, 'webhook', uuidv7(), entity_id, 1, case position when 1 then 'retry' else 'delivered' end,
        case position when 1 then now() end, case when position > 1 then now() - interval '500 days' end
      from events where position is not null`);
});

/** The events and deliveries that nobody may purge, and how many rows are left of each table. */
const left = async () => {
  const [counts] = await db.query(`select (select count(*)::int from webhook_deliveries) as attempts,
    (select array_agg(position::int order by position nulls first) from events) as events,
    (select array_agg(state) from deliveries) as deliveries`);
  return counts;
};
const ONLY_WHAT_IS_OPEN = { attempts: 0, events: [null, 1], deliveries: ['retry'] };
const GONE = ATTEMPTS + EVENTS - 1 + EVENTS - 1;

test('retention takes what is over, and neither an event that waits nor the event of a delivery that is open', async () => {
  await purgeExpired(testKernel(db.url));
  expect(await left()).toEqual(ONLY_WHAT_IS_OPEN);
});

test('two runs at once share the work, and take nothing else', async () => {
  const purged = await Promise.all([purgeExpired(testKernel(db.url)), purgeExpired(testKernel(db.url))]);
  expect(purged.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(GONE);
  await purgeExpired(testKernel(db.url));
  expect(await left()).toEqual(ONLY_WHAT_IS_OPEN);
});

test('killed between two rounds it keeps what was done, and the next run does the rest', async () => {
  const kernel = testKernel(db.url);
  await expect(purgeExpired({ ...kernel, db: killedAfter(kernel.db, 'webhook_deliveries') })).rejects.toThrow('killed');
  expect(await left()).toMatchObject({ attempts: ATTEMPTS - ROUND, events: expect.arrayContaining([null, 1]) });
  await purgeExpired(testKernel(db.url));
  expect(await left()).toEqual(ONLY_WHAT_IS_OPEN);
});

test('killed within a round it has done nothing, and history is shut', async () => {
  const client = await db.connect();
  await client.query("begin; select purge_rows('webhook_deliveries', now() - interval '30 days', 5000)");
  const [backend] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
  client.on('error', () => undefined);
  await db.query('select pg_terminate_backend($1)', [backend?.pid]);
  client.release(true);
  await expect.poll(async () => (await left())?.attempts).toBe(ATTEMPTS);
  await expect(db.query('delete from webhook_deliveries')).rejects.toMatchObject({ code: '42501' });
});

/** Dies after the first round of a table. */
function killedAfter(port: Database, table: string): Database {
  let rounds = 0;
  return {
    spent: port.spent,
    batch: (statements, mode) => {
      if (rounds > 0) throw new Error('killed');
      if (statements.some(({ params }) => params.includes(table))) rounds += 1;
      return port.batch(statements, mode);
    },
  };
}
