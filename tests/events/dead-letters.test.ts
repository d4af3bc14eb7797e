import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hashId } from '#schema/ids.ts';
import { DEAD_LETTER_WORK } from '#services/dead-letters/dead-letter-work.ts';
import { recordGivenUp } from '#services/dead-letters/record-given-up.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { purgeExpired } from '#services/retention/purge-expired.ts';
import { openWebhookDesk, type WebhookDesk } from '../support/webhook-desk.ts';

let desk: WebhookDesk;
beforeAll(async () => {
  desk = await openWebhookDesk();
});
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const letters = () => desk.db.query(`select kind, ref_id, queue, count, state from dead_letters order by kind, ref_id`);

test('what the tick finds by itself is not listed; the rest is, once per kind and reference, and counted', async () => {
  const kernel = desk.kernel();
  const job = { kind: 'bulk_job' as const, id: hashId('bulk', ['1']) };
  await recordGivenUp(kernel, [
    job,
    job,
    { kind: 'delivery', id: hashId('dlv', ['1']) },
    { kind: 'events', id: hashId('evt', ['1']) },
  ]);
  expect(kernel.db.spent.trips).toBe(1);
  await recordGivenUp(desk.kernel(), [job]);
  expect(await letters()).toEqual([{ kind: 'bulk_job', ref_id: job.id, queue: 'events', count: 2, state: 'open' }]);
  const idle = desk.kernel();
  await recordGivenUp(idle, [{ kind: 'sla_wake', id: '1764000000' }]);
  expect(idle.db.spent.trips).toBe(0);
});

test('a poison event that was cured is fanned out by its replay, once however often', async () => {
  const endpoint = await desk.createEndpoint({
    url: 'http://127.0.0.1:9/',
    types: ['ticket.updated'],
    audience: 'internal',
  });
  const [eventId] = await desk.emit({});
  await dispatchEvents(desk.kernel(), []);
  // As if it had been set aside: the cursor has moved past it.
  await desk.db.query(`update event_sinks set position = (select max(position) from events) where sink = 'webhook'`);
  for (let i = 0; i < 2; i += 1) {
    const kernel = desk.kernel();
    await kernel.db.batch(DEAD_LETTER_WORK.fanout?.rearm?.(`${eventId}:webhook`, kernel.now) ?? [], { kind: 'commit' });
  }
  expect(await desk.db.query(`select to_typeid('dlv', id) as id, state from deliveries`)).toEqual([
    { id: hashId('dlv', [eventId as string, 'webhook', endpoint.id]), state: 'pending' },
  ]);
});

test('retention takes what ended long ago, never an undispatched event or an open delivery, also twice at once', async () => {
  await desk.createEndpoint({ url: 'http://127.0.0.1:9/', types: ['ticket.updated'], audience: 'internal' });
  const entityId = crypto.randomUUID();
  await desk.emit({ entityId }, { entityId }, {});
  await dispatchEvents(desk.kernel());
  await desk.emit({});
  const [ended] = await desk.db.query(`select id, event_id from deliveries order by position limit 1`);
  await desk.db.query(
    `update deliveries set state = 'delivered', ended_at = now() - interval '91 days', next_attempt_at = null where id = $1`,
    [ended?.id],
  );
  const client = await desk.db.connect();
  await client.query(`set session_replication_role = replica`);
  await client.query(
    `update events set recorded_at = now() - interval '500 days', occurred_at = now() - interval '500 days'`,
  );
  await client.query(`update events set dispatched_at = now() - interval '91 days' where id = $1`, [ended?.event_id]);
  await client.query(`reset session_replication_role`);
  client.release();
  await desk.db.query(`update event_sinks set position = (select position from event_sinks where sink = 'stream')`);
  await Promise.all([purgeExpired(desk.kernel()), purgeExpired(desk.kernel())]);
  expect(await desk.db.query(`select count(*)::int as n from events where id = $1`, [ended?.event_id])).toEqual([
    { n: 0 },
  ]);
  expect(await desk.db.query(`select count(*)::int as n from events where position is null`)).toEqual([{ n: 1 }]);
  expect(await desk.db.query(`select count(*)::int as n, bool_and(state = 'pending') as open from deliveries`)).toEqual(
    [{ n: 2, open: true }],
  );
});

test('a workspace may move the days of a table within its bounds', async () => {
  await desk.db.query(`update settings set retention_days = '{"dead_letters": 1}'`);
  await desk.db.query(`insert into dead_letters (kind, ref_id, first_at, last_at, state, actor_kind, ended_at)
    select 'crashed', n::text, now() - interval '20 days', now() - interval '20 days', 'discarded', 'system', now() - make_interval(days => n)
    from (values (3), (8), (20)) as v (n)`);
  await purgeExpired(desk.kernel());
  // One day was asked for, seven is the least.
  expect((await letters()).map(({ ref_id }) => ref_id)).toEqual(['3']);
  await desk.db.query(`update settings set retention_days = '{}'`);
});
