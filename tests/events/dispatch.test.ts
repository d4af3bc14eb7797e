import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startNeonProxy } from '#local/neon-proxy.ts';
import type { BatchConsumer, Work } from '#queues/consumer.ts';
import { CONSUMERS } from '#queues/index.ts';
import { hashId } from '#schema/ids.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { neonDatabase } from '#services/kernel/neon-database.ts';
import { runTick } from '#services/tick/run-tick.ts';
import { ledgerOf, ledgerSink, makeLedger } from '../support/ledger-sink.ts';
import { openWebhookDesk, type WebhookDesk } from '../support/webhook-desk.ts';

const bell = ledgerSink('notify');
const mail = ledgerSink('email');
const routing = ledgerSink('routing', true);
const poisonFor = (sink: string) => ({ payload: { poison: sink } });

let desk: WebhookDesk;

beforeAll(async () => {
  desk = await openWebhookDesk();
  await makeLedger(desk.db);
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.reset();
  await desk.db.query('truncate sink_ledger');
});

const positions = () =>
  desk.db.query<{ position: number; entity_id: string; entity_seq: number }>(
    `select position::int, entity_id, entity_seq::int from events where position is not null order by position`,
  );
const cursors = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await desk.db.query<{ sink: string; position: number }>(`select sink, position::int from event_sinks`)).map(
      (row) => [row.sink, row.position],
    ),
  );

describe('numbers', () => {
  test('positions are dense from 1, and for one entity in sequence order', async () => {
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
    await desk.emit(...Array.from({ length: 30 }, (_, i) => ({ entityId: i % 3 === 0 ? a : b })));
    await dispatchEvents(desk.kernel(), []);
    const rows = await positions();
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, i) => i + 1));
    for (const entity of [a, b]) {
      const own = rows.filter((row) => row.entity_id === entity).map((row) => row.entity_seq);
      expect(own).toEqual(own.map((_, i) => i + 1));
    }
  });

  test('450 events take three rounds of one trip each, and one more look finds nothing', async () => {
    await desk.emit(...Array.from({ length: 450 }, () => ({})));
    const kernel = desk.kernel();
    await dispatchEvents(kernel, [bell]);
    expect(kernel.db.spent.trips).toBe(3);
    expect(await ledgerOf(desk.db, 'notify')).toHaveLength(450);
    const again = desk.kernel();
    await dispatchEvents(again, [bell]);
    expect(again.db.spent.trips).toBe(1);
    expect(again.wakes).toEqual([]);
  });

  test('a run that takes too long hands over to another, also where a sink only catches up', async () => {
    await desk.emit(...Array.from({ length: 250 }, () => ({})));
    await dispatchEvents(desk.kernel(), []);
    const kernel = desk.kernel();
    let milliseconds = 0;
    const spent = {
      trips: 0,
      statements: 0,
      get milliseconds() {
        milliseconds += 30_000;
        return milliseconds;
      },
    };
    await dispatchEvents({ ...kernel, db: { ...kernel.db, spent } }, [bell]);
    expect(await ledgerOf(desk.db, 'notify')).toHaveLength(200);
    expect(kernel.wakes.filter(({ queue }) => queue === 'events')).toContainEqual({
      queue: 'events',
      message: { kind: 'events', id: expect.stringMatching(/^evt_/) },
    });
    expect(kernel.wakes).toHaveLength(2);
  });

  test('eight dispatchers at once number nothing twice and give each sink each event once', async () => {
    const ids = await desk.emit(...Array.from({ length: 60 }, () => ({})));
    const more = desk.emit(...Array.from({ length: 60 }, () => ({})));
    await Promise.all(Array.from({ length: 8 }, () => dispatchEvents(desk.kernel(), [bell, mail])));
    ids.push(...(await more));
    await dispatchEvents(desk.kernel(), [bell, mail]);
    const rows = await positions();
    expect(rows.map(({ position }) => position)).toEqual(ids.map((_, i) => i + 1));
    for (const sink of ['notify', 'email'] as const)
      expect((await ledgerOf(desk.db, sink)).toSorted()).toEqual(ids.toSorted());
  });

  test('the one that waited for another sees what was committed meanwhile', async () => {
    const other = await desk.db.connect();
    await other.query(`begin`);
    await other.query(`select from event_sinks where sink = 'stream' for update`);
    const ids = await desk.emit({});
    const kernel = desk.kernel();
    const waiting = dispatchEvents(kernel, [bell]);
    await new Promise((done) => setTimeout(done, 300));
    ids.push(...(await desk.emit({})));
    await other.query('commit');
    other.release();
    await waiting;
    expect(await ledgerOf(desk.db, 'notify')).toEqual(ids);
    expect(kernel.db.spent.trips).toBe(1);
  });

  test('a writer that commits late is missed by nobody: its event comes after what has been seen', async () => {
    const client = await desk.db.connect();
    await client.query('begin');
    await client.query(`insert into events (type, schema_version, entity_type, entity_id, entity_seq, actor_kind, surface, payload, occurred_at)
      values ('ticket.updated', '2026-11-01', 'ticket', gen_random_uuid(), 1, 'system', 'api', '{}', now())`);
    await desk.emit({}, {});
    await dispatchEvents(desk.kernel(), [bell]);
    expect(await ledgerOf(desk.db, 'notify')).toHaveLength(2);
    await client.query('commit');
    client.release();
    await dispatchEvents(desk.kernel(), [bell]);
    const [late] = await desk.db.query<{ position: number }>(`select position::int from events order by seq limit 1`);
    expect(late?.position).toBe(3);
    expect(await ledgerOf(desk.db, 'notify')).toHaveLength(3);
  });
});

describe('a kill', () => {
  test.each(['drop-before', 'drop-after'] as const)(
    '%s: every sink has each event exactly once afterwards',
    async (verdict) => {
      const ids = await desk.emit({}, {}, {});
      const proxy = await startNeonProxy({ onRequest: ({ attempt }) => (attempt === 1 ? verdict : 'pass') });
      const kernel = {
        ...desk.kernel(),
        db: neonDatabase({ url: desk.db.url, fetchEndpoint: proxy.endpoint, clock: Date.now }),
      };
      await expect(dispatchEvents(kernel, [bell, mail])).rejects.toThrow();
      await proxy.stop();
      await dispatchEvents(desk.kernel(), [bell, mail]);
      for (const sink of ['notify', 'email'] as const) expect(await ledgerOf(desk.db, sink)).toEqual(ids);
    },
  );

  test('between commit and wake costs a minute: the tick dispatches, and again finds nothing in one trip', async () => {
    await desk.emit({});
    const tick = desk.kernel();
    await runTick(tick);
    expect((await cursors()).webhook).toBe(1);
    const idle = desk.kernel();
    await runTick(idle);
    expect(idle.db.spent.trips).toBe(1);
    const [heartbeat] = await desk.db.query(`select finished_at, last_error from heartbeats where name = 'tick'`);
    expect(heartbeat).toEqual({ finished_at: idle.now, last_error: null });
  });
});

describe('a sink that fails', () => {
  const letters = () =>
    desk.db.query<{ kind: string; ref_id: string; count: number; state: string }>(
      `select kind, ref_id, count, state from dead_letters order by first_at, ref_id`,
    );

  test('delays no other, and its poison event is set aside alone while the next passes', async () => {
    const ids = await desk.emit({}, {}, poisonFor('notify'), {}, {});
    await dispatchEvents(desk.kernel(), [bell, mail]);
    expect(await ledgerOf(desk.db, 'email')).toEqual(ids);
    expect(await ledgerOf(desk.db, 'notify')).toEqual(ids.filter((_, i) => i !== 2));
    expect(await letters()).toEqual([{ kind: 'fanout', ref_id: `${ids[2]}:notify`, count: 1, state: 'open' }]);
    expect(await cursors()).toMatchObject({ stream: 5, notify: 5, email: 5 });
  });

  test('sets aside the one event that it fails on, however many dispatchers fail on it at once', async () => {
    const ids = await desk.emit({}, poisonFor('notify'), ...Array.from({ length: 6 }, () => ({})));
    await Promise.all(Array.from({ length: 8 }, () => dispatchEvents(desk.kernel(), [bell])));
    expect((await letters()).map(({ ref_id }) => ref_id)).toEqual([`${ids[1]}:notify`]);
    expect(await ledgerOf(desk.db, 'notify')).toEqual(ids.filter((_, i) => i !== 1));
  });

  test('to finish what it has already taken is not the fault of the events after it', async () => {
    const [poison] = await desk.emit(poisonFor('notify'), {}, {}, {}, {}, {});
    const broken = Object.assign(new Error('too large'), { code: '23514' });
    const follow = { ...bell, follow: () => Promise.reject(broken) };
    for (let i = 0; i < 6; i += 1) await Promise.allSettled([dispatchEvents(desk.kernel(), [follow])]);
    expect((await letters()).map(({ ref_id }) => ref_id)).toEqual([`${poison}:notify`]);
    expect(await ledgerOf(desk.db, 'notify')).toHaveLength(5);
  });

  test('for want of time takes smaller slices, and delays no other', async () => {
    await desk.db.query(`create function too_slow() returns bigint language plpgsql as
      $$ begin raise exception using errcode = '57014'; end $$`);
    const ids = await desk.emit(...Array.from({ length: 5 }, () => ({})));
    const slow: typeof bell = {
      ...bell,
      resolve: () => sql`
        noted as (insert into sink_ledger (sink, event_id, position)
          select 'notify', id, case when (select count(*) from slice) > 2 then too_slow() else position end from slice),
        wakes as (select null as queue, null as kind, null as id where false), follow_up as (select null::jsonb as item where false)`,
    };
    await dispatchEvents(desk.kernel(), [slow, mail]);
    for (const sink of ['notify', 'email'] as const) expect(await ledgerOf(desk.db, sink)).toEqual(ids);
    expect(await letters()).toEqual([]);
  });

  test('six times in ten minutes stands still with its cursor in place, and nothing is skipped', async () => {
    const ids = await desk.emit(...Array.from({ length: 7 }, () => poisonFor('notify')), {});
    const kernel = desk.kernel();
    await dispatchEvents(kernel, [bell, mail]);
    expect((await letters()).map(({ kind }) => kind)).toEqual(Array(5).fill('fanout'));
    expect(await cursors()).toMatchObject({ stream: 8, notify: 5, email: 8 });
    expect(kernel.wakes).toContainEqual({ queue: 'events', message: { kind: 'events', id: ids[5] }, delaySeconds: 5 });

    // Looked at again only when its time has come, and cured it goes on where it stood.
    const early = desk.kernel();
    await dispatchEvents(early, [bell, mail]);
    expect(early.db.spent.trips).toBe(1);
    await cure(desk);
    await dispatchEvents(desk.kernel(new Date(Date.now() + 6000)), [bell, mail]);
    expect(await ledgerOf(desk.db, 'notify')).toEqual(ids.slice(5));
    const [standing] = await desk.db.query(
      `select failing_since, retry_at, last_error from event_sinks where sink = 'notify'`,
    );
    expect(standing).toEqual({ failing_since: null, retry_at: null, last_error: null });
  });

  test('standing for five minutes it is a dead letter itself', async () => {
    await desk.emit(...Array.from({ length: 6 }, () => poisonFor('notify')));
    const start = Date.now();
    for (const seconds of [0, 6, 25, 90, 200, 320])
      await dispatchEvents(desk.kernel(new Date(start + seconds * 1000)), [bell]);
    expect((await letters()).filter(({ kind }) => kind === 'sink_standing')).toEqual([
      { kind: 'sink_standing', ref_id: 'notify', count: 1, state: 'open' },
    ]);
    expect(await cursors()).toMatchObject({ notify: 5 });
  });
});

/** What a repaired release would do: the poison harms no more. */
async function cure({ db }: WebhookDesk): Promise<void> {
  const client = await db.connect();
  await client.query(`set session_replication_role = replica`);
  await client.query(`update events set payload = '{}'`);
  await client.query(`reset session_replication_role`);
  client.release();
}

test('a job that fails in the same batch of messages holds up no event', async () => {
  const [eventId] = await desk.emit({});
  const kernel = desk.kernel();
  const { batch } = kernel.db;
  let calls = 0;
  const db = {
    ...kernel.db,
    batch: ((...args) => (calls++ === 0 ? Promise.reject(new Error('job')) : batch(...args))) as typeof batch,
  };
  const work: Partial<Work> = { kernel: { ...kernel, db } };
  const messages = [
    { kind: 'bulk_job', id: hashId('bulk', ['1']) },
    { kind: 'events', id: eventId },
  ];
  await expect((CONSUMERS.events as BatchConsumer).runBatch(work as Work, messages)).rejects.toThrow(AggregateError);
  expect(await positions()).toHaveLength(1);
});

test('a chain of rules ends at depth 5 in sinks that act, once per entity and hour, and goes on in those that tell', async () => {
  const entityId = crypto.randomUUID();
  const ids = await desk.emit(...[4, 5, 6, 7].map((depth) => ({ entityId, depth })));
  await dispatchEvents(desk.kernel(), [bell, routing]);
  expect(await ledgerOf(desk.db, 'notify')).toEqual(ids);
  expect(await ledgerOf(desk.db, 'routing')).toEqual(ids.slice(0, 2));
  const letters = await desk.db.query<{ kind: string; detail: unknown }>(`select kind, detail from dead_letters`);
  expect(letters).toEqual([{ kind: 'loop_stopped', detail: { sink: 'routing', type: 'ticket.updated', depth: 6 } }]);
  expect(await cursors()).toMatchObject({ routing: 4 });
});
