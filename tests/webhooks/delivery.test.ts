import { createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { runTick } from '#services/tick/run-tick.ts';
import { deliverDue } from '#services/webhooks/deliver-due.ts';
import { type RecordedRequest, type ScriptedReceiver, startScriptedReceiver } from '../support/receiver.ts';
import { openWebhookDesk, testOutbound, type WebhookDesk } from '../support/webhook-desk.ts';

const MINUTE_MS = 60_000;
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

let desk: WebhookDesk;
let receiver: ScriptedReceiver;
/** The clock of dispatcher and sender. */
let now: number;

beforeAll(async () => {
  desk = await openWebhookDesk();
  receiver = await startScriptedReceiver();
});
afterAll(async () => {
  await receiver.stop();
  await desk.close();
});
beforeEach(async () => {
  await desk.reset();
  receiver.requests.length = 0;
  receiver.answerWith({ status: 204 });
  now = Date.now();
});

const listening = (more: Record<string, unknown> = {}) =>
  desk.createEndpoint({ url: `${receiver.url}/in`, types: ['ticket.updated'], audience: 'internal', ...more });

async function dispatch() {
  const kernel = desk.kernel(new Date(now));
  await dispatchEvents(kernel);
  return kernel;
}

async function deliver(permits = 24, lane: 'quick' | 'slow' = 'quick') {
  const kernel = desk.kernel(new Date(now));
  await deliverDue(
    kernel,
    testOutbound(() => now),
    lane,
    permits,
  );
  return kernel;
}

const query = (text: string, params: unknown[] = []) => desk.db.query(text, params);
const deliveries = (webhookId: Id<'whk'>) =>
  query(
    `select state, reason, attempts, round, last_outcome, last_status from deliveries where target_id = $1 order by position`,
    [idToUuid(webhookId)],
  );
const attempts = () =>
  query(`select attempt, outcome, http_status, response_body from webhook_deliveries order by started_at, attempt`);
const health = async (webhookId: Id<'whk'>) =>
  (await query(`select * from delivery_health where target_id = $1`, [idToUuid(webhookId)]))[0] ?? {};
const headersOf = (request: RecordedRequest | undefined) => request?.headers as Record<string, string>;
const textOf = (request: RecordedRequest | undefined) => request?.body.toString('utf8') ?? '';

describe('an event', () => {
  test('arrives signed, in two trips of dispatch and two of delivery', async () => {
    const endpoint = await listening({ headers: { 'X-Api-Key': 'k-4711' } });
    const [eventId] = await desk.emit({});
    const dispatcher = await dispatch();
    expect(dispatcher.db.spent.trips).toBe(2);
    expect(dispatcher.wakes).toHaveLength(1);
    expect((await deliver()).db.spent.trips).toBe(2);

    const [request] = receiver.requests;
    expect(headersOf(request)).toMatchObject({
      'webhook-id': eventId,
      'content-type': 'application/json',
      'user-agent': 'Mallard-Webhooks/1',
      'mallard-event': 'ticket.updated',
      'mallard-attempt': '1',
      'mallard-sequence': '1',
      'mallard-version': '2026-11-01',
      'x-api-key': 'k-4711',
    });
    expect(headersOf(request)).not.toHaveProperty('mallard-previous-sequence');
    const secret = endpoint.secret ?? '';
    expect(new Webhook(secret).verify(textOf(request), headersOf(request))).toMatchObject({
      id: eventId,
      type: 'ticket.updated',
      position: 2,
    });
    expect(() => new SvixWebhook(secret).verify(textOf(request), headersOf(request))).not.toThrow();
    expect(await deliveries(endpoint.id)).toEqual([
      { state: 'delivered', reason: null, attempts: 1, round: 1, last_outcome: 'delivered', last_status: 204 },
    ]);
  });

  test('is signed by Ed25519 as well where the endpoint asks for both', async () => {
    const endpoint = await listening({ signing: 'both' });
    await desk.emit({});
    await dispatch();
    await deliver();
    const [request] = receiver.requests;
    const headers = headersOf(request);
    expect(() => new Webhook(endpoint.secret ?? '').verify(textOf(request), headers)).not.toThrow();
    const asymmetric = headers['webhook-signature']?.split(' ').find((each) => each.startsWith('v1a,')) ?? '';
    const [publicKey] = endpoint.publicKeys;
    const key = createPublicKey({
      key: Buffer.concat([SPKI_HEAD, Buffer.from(publicKey?.slice(5) ?? '', 'base64')]),
      format: 'der',
      type: 'spki',
    });
    const content = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${textOf(request)}`);
    expect(verify(null, content, key, Buffer.from(asymmetric.slice(4), 'base64'))).toBe(true);
  });

  test('with 503, 503, 200 makes three posts under one id with equal bytes, three rows, one delivered', async () => {
    const endpoint = await listening();
    await desk.emit({});
    await dispatch();
    receiver.answerWith([{ status: 503 }, { status: 503 }, { status: 200, body: 'thanks' }]);
    const first = await deliver();
    expect(first.wakes).toEqual([
      { queue: 'webhooks', message: { kind: 'delivery', id: expect.any(String) }, delaySeconds: expect.any(Number) },
    ]);
    await deliver();
    expect(receiver.requests).toHaveLength(1);
    now += 7000;
    await deliver();
    now += 7 * MINUTE_MS;
    await deliver();
    expect(
      new Set(receiver.requests.map((request) => `${headersOf(request)['webhook-id']} ${textOf(request)}`)).size,
    ).toBe(1);
    expect(receiver.requests.map((request) => headersOf(request)['mallard-attempt'])).toEqual(['1', '2', '3']);
    expect(await attempts()).toEqual([
      { attempt: 1, outcome: 'http_error', http_status: 503, response_body: '' },
      { attempt: 2, outcome: 'http_error', http_status: 503, response_body: '' },
      { attempt: 3, outcome: 'delivered', http_status: 200, response_body: 'thanks' },
    ]);
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 3 }]);
  });

  test('whose body was rendered by an older release is sent again with the stored bytes', async () => {
    await listening();
    await desk.emit({});
    await dispatch();
    await query(`update event_bodies set bytes = '{"rendered":"before"}'`);
    await deliver();
    expect(textOf(receiver.requests[0])).toBe('{"rendered":"before"}');
  });

  test('whose body nobody rendered costs one trip more and is kept before it is sent', async () => {
    await listening();
    await desk.emit({});
    await dispatch();
    await query(`delete from event_bodies`);
    expect((await deliver()).db.spent.trips).toBe(3);
    expect(await query(`select convert_from(bytes, 'UTF8') as body from event_bodies`)).toEqual([
      { body: textOf(receiver.requests[0]) },
    ]);
  });

  test('that fails ten times is dead', async () => {
    const endpoint = await listening();
    await desk.emit({});
    await dispatch();
    receiver.answerWith({ status: 500 });
    for (let i = 0; i < 12; i += 1) {
      await deliver(24, (await health(endpoint.id)).slow ? 'slow' : 'quick');
      now += 30 * 60 * MINUTE_MS;
    }
    expect(receiver.requests).toHaveLength(10);
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'dead', reason: 'exhausted', attempts: 10 }]);
  });
});

describe('the receiver', () => {
  test('that answers 301 is not followed', async () => {
    const endpoint = await listening();
    await desk.emit({});
    await dispatch();
    receiver.answerWith({ status: 301, headers: { location: `${receiver.url}/elsewhere` } });
    await deliver();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/in']);
    expect(await deliveries(endpoint.id)).toMatchObject([
      { state: 'retry', last_outcome: 'redirect', last_status: 301 },
    ]);
  });

  test('that answers 410 is disabled at once: one attempt, audit, event, its other deliveries cancelled', async () => {
    const endpoint = await listening({ maxInFlight: 1 });
    await desk.emit({}, {}, {});
    await dispatch();
    receiver.answerWith({ status: 410 });
    await deliver();
    await deliver();
    expect(receiver.requests).toHaveLength(1);
    expect((await deliveries(endpoint.id)).map(({ state, reason }) => `${state} ${reason}`).toSorted()).toEqual([
      'cancelled endpoint_disabled',
      'cancelled endpoint_disabled',
      'dead gone',
    ]);
    expect(await query(`select state, disabled_reason from webhooks`)).toEqual([
      { state: 'disabled', disabled_reason: 'gone' },
    ]);
    expect(await query(`select action, actor_kind from audit_events where action = 'webhook.disabled'`)).toEqual([
      { action: 'webhook.disabled', actor_kind: 'system' },
    ]);
    expect(
      await query(`select payload -> 'cancelled' as cancelled from events where type = 'webhook.disabled'`),
    ).toEqual([{ cancelled: 2 }]);
    expect((await health(endpoint.id)).held_from).toBe('4');
  });

  test('that never ends its answer costs the deadline, and that of a late answer nothing more', async () => {
    const endpoint = await listening({ timeoutSeconds: 5 });
    await desk.emit({});
    await dispatch();
    receiver.answerWith({ drip: { chunk: 'x', everyMs: 1000, chunks: 30 } });
    const started = Date.now();
    await deliver();
    expect(Date.now() - started).toBeLessThan(7000);
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'retry', last_outcome: 'timeout' }]);
  });

  test.each([
    [{ reset: true } as const, 'network'],
    [{ truncate: 'half' } as const, 'network'],
  ])('that breaks off (%j) is tried again', async (answer, outcome) => {
    const endpoint = await listening();
    await desk.emit({});
    await dispatch();
    receiver.answerWith(answer);
    await deliver();
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'retry', last_outcome: outcome }]);
  });

  test('that asks for two minutes gets them, for the whole endpoint', async () => {
    const endpoint = await listening();
    await desk.emit({}, {});
    await dispatch();
    receiver.answerWith({ status: 429, headers: { 'retry-after': '120' } });
    await deliver(1);
    expect(receiver.requests).toHaveLength(1);
    now += 119_000;
    await deliver();
    expect(receiver.requests).toHaveLength(1);
    receiver.answerWith({ status: 200 });
    now += 3 * MINUTE_MS;
    await deliver();
    await deliver();
    expect((await deliveries(endpoint.id)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });
});

describe('limits', () => {
  test('with max_in_flight 4 and fifty consumers never more than four requests are open', async () => {
    const endpoint = await listening();
    await desk.emit(...Array.from({ length: 40 }, () => ({})));
    await dispatch();
    let open = 0;
    let most = 0;
    const outbound = testOutbound(Date.now, async (url, init) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((done) => setTimeout(done, 40));
      open -= 1;
      return fetch(url, init);
    });
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(Array.from({ length: 50 }, () => deliverDue(desk.kernel(), outbound, 'quick', 24)));
    }
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
    expect((await deliveries(endpoint.id)).every(({ state }) => state === 'delivered')).toBe(true);
    expect(receiver.requests).toHaveLength(40);
  }, 60_000);

  test('one endpoint with much due does not take the batch of another', async () => {
    const busy = await listening({ maxInFlight: 20 });
    const other = await listening({ types: ['ticket.assigned'] });
    await desk.emit(...Array.from({ length: 60 }, () => ({})), { type: 'ticket.assigned' });
    await dispatch();
    await deliver(6);
    expect(await deliveries(other.id)).toMatchObject([{ state: 'delivered' }]);
    expect((await deliveries(busy.id)).filter(({ state }) => state === 'delivered')).toHaveLength(5);
  });

  test('what is recorded asks for as many permits as are due and free', async () => {
    await listening({ maxInFlight: 3 });
    await desk.emit(...Array.from({ length: 10 }, () => ({})));
    expect((await dispatch()).wakes).toHaveLength(3);
    expect((await deliver(24)).wakes).toHaveLength(3);
    expect(receiver.requests).toHaveLength(3);
  });
});

describe('health', () => {
  test('five failures in a row open the breaker; open it spends no attempt; then one probe goes out, not two', async () => {
    const endpoint = await listening({ maxInFlight: 5 });
    await desk.emit(...Array.from({ length: 8 }, () => ({})));
    await dispatch();
    receiver.answerWith({ status: 500 });
    await deliver();
    expect(await health(endpoint.id)).toMatchObject({ consecutive_failures: 5, breaker_step: 1, slow: true });
    await deliver(24, 'slow');
    await deliver();
    expect(receiver.requests).toHaveLength(5);

    now += 40_000;
    receiver.answerWith({ status: 500, delayMs: 50 });
    await Promise.all([deliver(24, 'slow'), deliver(24, 'slow')]);
    expect(receiver.requests).toHaveLength(6);
    expect(await health(endpoint.id)).toMatchObject({ breaker_step: 2 });
    const [row] = await query(
      `select extract(epoch from breaker_until - $1::timestamptz)::float8 as seconds from delivery_health`,
      [new Date(now)],
    );
    expect(Number(row?.seconds)).toBeGreaterThanOrEqual(60);
    expect(Number(row?.seconds)).toBeLessThanOrEqual(72);

    now += 80_000;
    receiver.answerWith({ status: 200 });
    await deliver(24, 'slow');
    expect(await health(endpoint.id)).toMatchObject({
      consecutive_failures: 0,
      breaker_until: null,
      breaker_step: 0,
      failing_since: null,
    });
    now += MINUTE_MS;
    await deliver(24, 'slow');
    expect(receiver.requests.length).toBeGreaterThan(8);
  });

  test('three slow answers in a row move to the slow lane, five quick successes back', async () => {
    const endpoint = await listening({ maxInFlight: 1 });
    await desk.emit(...Array.from({ length: 9 }, () => ({})));
    await dispatch();
    const slowly = testOutbound(
      () => now,
      async (url, init) => {
        now += 6000;
        return fetch(url, init);
      },
    );
    for (let i = 0; i < 3; i += 1) await deliverDue(desk.kernel(new Date(now)), slowly, 'quick', 1);
    expect(await health(endpoint.id)).toMatchObject({ slow: true });
    await deliver();
    expect(receiver.requests).toHaveLength(3);
    for (let i = 0; i < 5; i += 1) await deliver(1, 'slow');
    expect(await health(endpoint.id)).toMatchObject({ slow: false });
    expect(receiver.requests).toHaveLength(8);
  });

  test('failing for a day is told once, for five days disables', async () => {
    const endpoint = await listening();
    await desk.emit(...Array.from({ length: 3 }, () => ({})));
    await dispatch();
    receiver.answerWith({ status: 500 });
    for (let hour = 0; hour <= 130; hour += 5) {
      await deliver();
      await deliver(24, 'slow');
      now += 5 * 60 * MINUTE_MS;
    }
    // Its attempts may be spent before the five days are over; a new event finds it still failing.
    await desk.emit({});
    await dispatch();
    await deliver();
    await deliver(24, 'slow');
    const told = await query(
      `select type, payload ->> 'hours' as hours, payload ->> 'reason' as reason from events where type like 'webhook.%' order by seq`,
    );
    expect(told).toEqual([
      { type: 'webhook.created', hours: null, reason: null },
      { type: 'webhook.failing', hours: '24', reason: null },
      { type: 'webhook.failing', hours: '72', reason: null },
      { type: 'webhook.disabled', hours: null, reason: 'failing' },
    ]);
    expect(await query(`select state, disabled_reason from webhooks where id = $1`, [idToUuid(endpoint.id)])).toEqual([
      { state: 'disabled', disabled_reason: 'failing' },
    ]);
  });
});

describe('a kill', () => {
  const killed = async () => {
    const kernel = desk.kernel(new Date(now));
    const outbound = testOutbound(
      () => now,
      async (url, init) => {
        await fetch(url, init);
        throw new Killed();
      },
    );
    const db = { ...kernel.db, batch: dieAfterFirst(kernel.db.batch) };
    await expect(deliverDue({ ...kernel, db }, outbound, 'quick', 24)).rejects.toThrow(Killed);
  };
  class Killed extends Error {}
  const dieAfterFirst = <B extends (...args: never[]) => Promise<unknown>>(batch: B): B => {
    let calls = 0;
    return ((...args: Parameters<B>) => {
      calls += 1;
      if (calls > 1) throw new Killed();
      return batch(...args);
    }) as B;
  };

  test('after the post: sent again under the same id after the lease, `lost` logged; the third time it is a dead letter', async () => {
    const endpoint = await listening();
    await desk.emit({});
    await dispatch();
    for (let i = 0; i < 3; i += 1) {
      await killed();
      await deliver();
      now += 121_000;
    }
    await deliver();
    expect(receiver.requests).toHaveLength(3);
    expect(new Set(receiver.requests.map((request) => headersOf(request)['webhook-id'])).size).toBe(1);
    expect((await attempts()).map(({ attempt, outcome }) => `${attempt} ${outcome}`)).toEqual([
      '1 lost',
      '2 lost',
      '3 lost',
    ]);
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'dead', reason: 'crashed' }]);
    expect(await query(`select kind, state from dead_letters`)).toEqual([{ kind: 'crashed', state: 'open' }]);
  });

  test('a record with a stale lease changes no state', async () => {
    const endpoint = await listening();
    await desk.emit({});
    await dispatch();
    const gated = (status: number) => {
      const gate = Promise.withResolvers<void>();
      const posted = Promise.withResolvers<void>();
      const outbound = testOutbound(
        () => now,
        async () => {
          posted.resolve();
          await gate.promise;
          return new Response(null, { status });
        },
      );
      const done = deliverDue(desk.kernel(new Date(now)), outbound, 'quick', 1);
      const finish = (): Promise<void> => {
        gate.resolve();
        return done;
      };
      return { posted: posted.promise, finish };
    };
    const late = gated(500);
    await late.posted;
    now += 121_000;
    const holder = gated(200);
    await holder.posted;
    await late.finish();
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'sending', attempts: 2 }]);
    await holder.finish();
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    expect((await attempts()).map(({ attempt, outcome }) => `${attempt} ${outcome}`)).toEqual([
      '1 lost',
      '2 delivered',
    ]);
  });
});

test('one whose secret no longer opens harms no other of the batch, and is told', async () => {
  const broken = await listening();
  const whole = await listening();
  await desk.emit({});
  await dispatch();
  await query(`update webhooks set secrets = 'm1.00000000.AAAA.AAAA' where id = $1`, [idToUuid(broken.id)]);
  await expect(deliver()).rejects.toThrow(AggregateError);
  expect(await deliveries(whole.id)).toMatchObject([{ state: 'delivered' }]);
  expect(await deliveries(broken.id)).toMatchObject([{ state: 'sending', attempts: 1 }]);
});

test('all messages purged: the tick hands out permits, nothing is lost and nothing doubled', async () => {
  const endpoint = await listening();
  await desk.emit({}, {}, {});
  const tick = desk.kernel(new Date(now));
  await runTick(tick);
  expect(await deliveries(endpoint.id)).toHaveLength(3);
  now += MINUTE_MS;
  const second = desk.kernel(new Date(now));
  await runTick(second);
  expect(second.db.spent.trips).toBe(1);
  expect(second.wakes.filter(({ queue }) => queue === 'webhooks')).toHaveLength(3);
  await deliver(3);
  await deliver(3);
  expect(receiver.requests).toHaveLength(3);
});
