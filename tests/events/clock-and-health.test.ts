import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hashId } from '#schema/ids.ts';
import { openWebhookDesk, type WebhookDesk } from '../support/webhook-desk.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let desk: WebhookDesk;
let worker: TestWorker;

beforeAll(async () => {
  desk = await openWebhookDesk();
  worker = await startWorker({ databaseUrl: desk.db.url, queues: 'lost', vars: { CHECK_ANSWERS: 'true' } });
});
afterAll(async () => {
  await worker.close();
  await desk.close();
});
beforeEach(() => desk.reset());

const health = async () => {
  const response = await worker.fetch('/health');
  return { status: response.status, timing: response.headers.get('server-timing'), body: await response.json() };
};

test('every cron of the configuration runs and leaves its heartbeat', async () => {
  for (const cron of ['* * * * *', '*/5 * * * *', '17 * * * *', '41 3 * * *']) {
    expect(await worker.scheduled(cron)).toMatchObject({ outcome: 'ok' });
  }
  const beats = await desk.db.query(`select name from heartbeats where finished_at is not null order by name`);
  expect(beats.map(({ name }) => name)).toEqual(['hourly', 'reconcile', 'retention', 'tick']);
});

test('health costs one trip, and says that local targets stand open on an https origin', async () => {
  await worker.scheduled('* * * * *');
  const answer = await health();
  expect(answer.timing).toContain('desc="1"');
  expect([answer.status, answer.body]).toEqual([
    200,
    expect.objectContaining({ status: 'degraded', localTargets: true, sinksStanding: [], streamLagSeconds: 0 }),
  ]);
});

test('a clock that stands still and events that wait show', async () => {
  await desk.emit({});
  await desk.db.query(`insert into heartbeats (name, finished_at) values ('tick', now() - interval '6 minutes')`);
  await desk.db.query(`update event_sinks set failing_since = now() where sink = 'chat'`);
  await new Promise((done) => setTimeout(done, 1100));
  const { body } = await health();
  expect(body).toMatchObject({ status: 'degraded', sinksStanding: ['chat'] });
  expect((body as { streamLagSeconds: number }).streamLagSeconds).toBeGreaterThanOrEqual(1);
});

test('without a database health is 503, and life goes on without I/O', async () => {
  worker.proxy.setHook(() => 'drop-before');
  expect(await health()).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  const live = await worker.fetch('/health/live');
  expect(await live.json()).toMatchObject({ status: 'ok' });
  expect(live.headers.get('server-timing')).toContain('desc="0"');
  worker.proxy.setHook(undefined);
});

test('a tick that was missed, late or doubled changes nothing twice', async () => {
  await desk.createEndpoint({ url: 'http://127.0.0.1:9/', types: ['ticket.updated'], audience: 'internal' });
  await desk.emit({}, {});
  await Promise.all([worker.scheduled('* * * * *'), worker.scheduled('* * * * *')]);
  await worker.scheduled('* * * * *', new Date(Date.now() - 3_600_000));
  expect(await desk.db.query(`select count(*)::int as n from deliveries`)).toEqual([{ n: 2 }]);
  const positions = await desk.db.query(`select position::int from events order by position`);
  expect(positions.map(({ position }) => position)).toEqual([1, 2, 3]);
});

test('a sink that nothing works at yet goes along with the stream, so that events end by their age', async () => {
  await desk.emit({}, {});
  await worker.scheduled('* * * * *');
  await worker.scheduled('*/5 * * * *');
  const cursors = await desk.db.query(`select distinct position::int from event_sinks`);
  expect(cursors).toEqual([{ position: 2 }]);
  // Those that are worked at are left to their work.
  await desk.db.query(`update event_sinks set position = 1 where sink = 'webhook'`);
  await worker.scheduled('*/5 * * * *');
  expect(await desk.db.query(`select position::int from event_sinks where sink = 'webhook'`)).toEqual([
    { position: 1 },
  ]);
});

test('what a program does because of an event is one deeper and names it; an event that nobody knows is ignored', async () => {
  const [shallow, deepest] = await desk.emit({ depth: 4 }, { depth: 100 });
  const post = async (path: string, body: object, cause?: string) => {
    const answer = await worker.fetch(`/api/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${desk.owner.token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        ...(cause === undefined ? {} : { 'mallard-causation': cause }),
      },
      body: JSON.stringify(body),
    });
    expect(answer.headers.get('server-timing')).toContain('desc="2"');
    return (await answer.json()) as { id: string };
  };
  const newest = (type: string) =>
    desk.db.query(
      `select depth, to_typeid('evt', causation_id) as cause from events where type = $1 order by seq desc limit 1`,
      [type],
    );
  const told = async (cause: string | undefined) => {
    const slug = `t${crypto.randomUUID().slice(0, 8)}`;
    await post('/teams', { name: slug, slug }, cause);
    return (await newest('team.created'))[0];
  };
  expect(await told(shallow)).toEqual({ depth: 5, cause: shallow });
  expect(await told(deepest)).toEqual({ depth: 100, cause: deepest });
  for (const cause of [undefined, hashId('evt', ['none']), 'evt_', 'prin_x', 'x'.repeat(5000)])
    expect(await told(cause)).toEqual({ depth: 0, cause: null });
  // What is moved along by the same change as well.
  const [winner, loser] = [await post('/contacts', { name: 'Ada' }), await post('/contacts', { name: 'Ada' })];
  await post('/tickets', { subject: 'Login', body: 'Help', requester: { contactId: loser.id } });
  await post(`/contacts/${winner.id}/merge`, { loserId: loser.id }, shallow);
  expect(await newest('ticket.updated')).toEqual([{ depth: 5, cause: shallow }]);
});

test('a Worker older than the schema serves: what a later release added is not in its way', async () => {
  await worker.scheduled('* * * * *');
  await desk.db.query(`alter table teams add column later text not null default 'x';
    insert into schema_migrations (idx, tag, sha256) values (9999, '9999_later', sha256('later'))`);
  const { status, body } = await health();
  const { applied, expected } = (body as { schema: { applied: number; expected: number } }).schema;
  expect([status, applied]).toEqual([200, expected + 1]);
  const answer = await worker.fetch('/api/v1/teams', {
    method: 'POST',
    headers: { authorization: `Bearer ${desk.owner.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Late', slug: 'late' }),
  });
  expect(answer.status).toBe(201);
  await desk.db.query(`alter table teams drop column later; delete from schema_migrations where idx = 9999`);
});

test('a Worker newer than the schema says 503 at /health, and names both', async () => {
  const [last] = await desk.db.query(`delete from schema_migrations where idx = (select max(idx) from schema_migrations)
    returning idx, tag, sha256`);
  const { status, body } = await health();
  const { applied, expected } = (body as { schema: { applied: number; expected: number } }).schema;
  expect([status, body]).toEqual([503, expect.objectContaining({ status: 'unavailable' })]);
  expect(applied).toBe(expected - 1);
  await desk.db.query(
    'insert into schema_migrations (idx, tag, sha256) values ($1, $2, $3)',
    Object.values(last ?? {}),
  );
  expect((await health()).status).toBe(200);
});
