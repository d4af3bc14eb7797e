import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliverDue } from '#services/webhooks/deliver-due.ts';
import { headersOf, MINUTE_MS, openSendingDesk, type SendingDesk } from '../support/sending-desk.ts';
import { testOutbound } from '../support/webhook-desk.ts';

let desk: SendingDesk;
let receiver: SendingDesk['receiver'];
let clock: SendingDesk['clock'];

beforeAll(async () => {
  desk = await openSendingDesk();
  ({ receiver, clock } = desk);
});
afterAll(() => desk.close());
beforeEach(() => desk.reset());

describe('the receiver', () => {
  test('that answers 301 is not followed', async () => {
    const endpoint = await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    receiver.answerWith({ status: 301, headers: { location: `${receiver.url}/elsewhere` } });
    await desk.deliver();
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/in']);
    expect(await desk.deliveries(endpoint.id)).toMatchObject([
      { state: 'retry', last_outcome: 'redirect', last_status: 301 },
    ]);
  });

  test('that answers 410 is disabled at once: one attempt, audit, event, its other deliveries cancelled', async () => {
    const endpoint = await desk.listening({ maxInFlight: 1 });
    await desk.emit({}, {}, {});
    await desk.dispatch();
    receiver.answerWith({ status: 410 });
    await desk.deliver();
    await desk.deliver();
    expect(receiver.requests).toHaveLength(1);
    expect((await desk.deliveries(endpoint.id)).map(({ state, reason }) => `${state} ${reason}`).toSorted()).toEqual([
      'cancelled endpoint_disabled',
      'cancelled endpoint_disabled',
      'dead gone',
    ]);
    expect(await desk.query(`select state, disabled_reason from webhooks`)).toEqual([
      { state: 'disabled', disabled_reason: 'gone' },
    ]);
    expect(await desk.query(`select action, actor_kind from audit_events where action = 'webhook.disabled'`)).toEqual([
      { action: 'webhook.disabled', actor_kind: 'system' },
    ]);
    expect(
      await desk.query(
        `select payload - '{webhookId,host}'::text[] as payload from events where type = 'webhook.disabled'`,
      ),
    ).toEqual([
      {
        payload: {
          name: 'Warehouse',
          failingSince: new Date(clock.now).toISOString(),
          lastOutcome: 'gone',
          lastStatus: 410,
          reason: 'gone',
          cancelled: 2,
        },
      },
    ]);
    expect((await desk.health(endpoint.id)).held_from).toBe('4');
  });

  test('that never ends its answer costs the deadline, and that of a late answer nothing more', async () => {
    const endpoint = await desk.listening({ timeoutSeconds: 5 });
    await desk.emit({});
    await desk.dispatch();
    receiver.answerWith({ drip: { chunk: 'x', everyMs: 1000, chunks: 30 } });
    const started = Date.now();
    await desk.deliver();
    expect(Date.now() - started).toBeLessThan(7000);
    expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'retry', last_outcome: 'timeout' }]);
  });

  test.each([
    [{ reset: true } as const, 'network'],
    [{ truncate: 'half' } as const, 'network'],
  ])('that breaks off (%j) is tried again', async (answer, outcome) => {
    const endpoint = await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    receiver.answerWith(answer);
    await desk.deliver();
    expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'retry', last_outcome: outcome }]);
  });

  test('that asks for two minutes gets them, for the whole endpoint', async () => {
    const endpoint = await desk.listening();
    await desk.emit({}, {});
    await desk.dispatch();
    receiver.answerWith({ status: 429, headers: { 'retry-after': '120' } });
    await desk.deliver(1);
    expect(receiver.requests).toHaveLength(1);
    clock.now += 119_000;
    await desk.deliver();
    expect(receiver.requests).toHaveLength(1);
    receiver.answerWith({ status: 200 });
    clock.now += 3 * MINUTE_MS;
    await desk.deliver();
    await desk.deliver();
    expect((await desk.deliveries(endpoint.id)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });
});

test('what a receiver answers about a person who is erased meanwhile is not kept', async () => {
  const endpoint = await desk.listening();
  await desk.emit({});
  await desk.dispatch();
  const outbound = testOutbound(
    () => clock.now,
    async () => {
      await desk.query(`update deliveries set state = 'cancelled', reason = 'erased', lease_token = null, next_attempt_at = null,
        ended_at = now()`);
      return new Response('of Ada', { headers: { 'x-of': 'Ada' } });
    },
  );
  await deliverDue(desk.kernel(new Date(clock.now)), outbound, 'quick', 1);
  expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'cancelled', reason: 'erased' }]);
  expect(await desk.query(`select outcome, response_body, response_headers from webhook_deliveries`)).toEqual([
    { outcome: 'delivered', response_body: null, response_headers: null },
  ]);
});

test('a record that was in the way of another is made again, and nothing is sent twice', async () => {
  const endpoint = await desk.listening();
  await desk.emit({});
  await desk.dispatch();
  const kernel = desk.kernel(new Date(clock.now));
  const { batch } = kernel.db;
  let calls = 0;
  const crossed = ((...args) => {
    calls += 1;
    return calls === 2 ? Promise.reject(Object.assign(new Error('deadlock'), { code: '40P01' })) : batch(...args);
  }) as typeof batch;
  const outbound = testOutbound(() => clock.now);
  await deliverDue({ ...kernel, db: { ...kernel.db, batch: crossed } }, outbound, 'quick', 1);
  expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  expect(receiver.requests).toHaveLength(1);
});

describe('a kill', () => {
  const killed = async () => {
    const kernel = desk.kernel(new Date(clock.now));
    const outbound = testOutbound(
      () => clock.now,
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
    const endpoint = await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    for (let i = 0; i < 3; i += 1) {
      await killed();
      await desk.deliver();
      clock.now += 121_000;
    }
    await desk.deliver();
    expect(receiver.requests).toHaveLength(3);
    expect(new Set(receiver.requests.map((request) => headersOf(request)['webhook-id'])).size).toBe(1);
    expect((await desk.attempts()).map(({ attempt, outcome }) => `${attempt} ${outcome}`)).toEqual([
      '1 lost',
      '2 lost',
      '3 lost',
    ]);
    expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'dead', reason: 'crashed' }]);
    expect(await desk.query(`select kind, state from dead_letters`)).toEqual([{ kind: 'crashed', state: 'open' }]);
  });

  test('a record with a stale lease changes no state', async () => {
    const endpoint = await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    const gated = (status: number) => {
      const gate = Promise.withResolvers<void>();
      const posted = Promise.withResolvers<void>();
      const outbound = testOutbound(
        () => clock.now,
        async () => {
          posted.resolve();
          await gate.promise;
          return new Response(null, { status });
        },
      );
      const done = deliverDue(desk.kernel(new Date(clock.now)), outbound, 'quick', 1);
      const finish = (): Promise<void> => {
        gate.resolve();
        return done;
      };
      return { posted: posted.promise, finish };
    };
    const late = gated(500);
    await late.posted;
    clock.now += 121_000;
    const holder = gated(200);
    await holder.posted;
    await late.finish();
    expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'sending', attempts: 2 }]);
    await holder.finish();
    expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    expect((await desk.attempts()).map(({ attempt, outcome }) => `${attempt} ${outcome}`)).toEqual([
      '1 lost',
      '2 delivered',
    ]);
  });
});
