import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { deliverDue } from '#services/webhooks/deliver-due.ts';
import { MINUTE_MS, openSendingDesk, type SendingDesk } from '../support/sending-desk.ts';
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

describe('limits', () => {
  test('with max_in_flight 4 and fifty consumers never more than four requests are open', async () => {
    const endpoint = await desk.listening();
    await desk.emit(...Array.from({ length: 40 }, () => ({})));
    await desk.dispatch();
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
    expect((await desk.deliveries(endpoint.id)).every(({ state }) => state === 'delivered')).toBe(true);
    expect(receiver.requests).toHaveLength(40);
  }, 60_000);

  test('a claim waits for one that is under way and counts what it took', async () => {
    await desk.listening();
    await desk.emit(...Array.from({ length: 8 }, () => ({})));
    await desk.dispatch();
    const other = await desk.db.connect();
    await other.query('begin');
    await other.query(`select from delivery_health for no key update`);
    await other.query(
      `update deliveries set state = 'sending', attempts = 1, lease_token = gen_random_uuid(), next_attempt_at = $1
       where id in (select id from deliveries order by id desc limit 4)`,
      [new Date(clock.now + MINUTE_MS)],
    );
    const waiting = desk.deliver();
    await new Promise((done) => setTimeout(done, 300));
    await other.query('commit');
    other.release();
    await waiting;
    expect(receiver.requests).toHaveLength(0);
  });

  test('no request is begun that might outlast the lease of its claim', async () => {
    const endpoint = await desk.listening({ maxInFlight: 8, timeoutSeconds: 30 });
    await desk.emit(...Array.from({ length: 8 }, () => ({})));
    await desk.dispatch();
    const claimedAt = new Date(clock.now);
    const late = testOutbound(
      () => clock.now,
      async (url, init) => {
        const answer = await fetch(url, init);
        clock.now = claimedAt.getTime() + 88_000;
        return answer;
      },
    );
    await deliverDue(desk.kernel(claimedAt), late, 'quick', 24);
    expect(receiver.requests).toHaveLength(6);
    expect((await desk.deliveries(endpoint.id)).filter(({ attempts }) => attempts === 0)).toHaveLength(2);
    await desk.deliver(24, 'slow');
    expect(receiver.requests).toHaveLength(8);
  });

  test('one endpoint with much due does not take the batch of another', async () => {
    const busy = await desk.listening({ maxInFlight: 20 });
    const other = await desk.listening({ types: ['ticket.assigned'] });
    await desk.emit(...Array.from({ length: 60 }, () => ({})), { type: 'ticket.assigned' });
    await desk.dispatch();
    await desk.deliver(6);
    expect(await desk.deliveries(other.id)).toMatchObject([{ state: 'delivered' }]);
    expect((await desk.deliveries(busy.id)).filter(({ state }) => state === 'delivered')).toHaveLength(5);
  });

  test('what is recorded asks for as many permits as are due and free', async () => {
    await desk.listening({ maxInFlight: 3 });
    await desk.emit(...Array.from({ length: 10 }, () => ({})));
    expect((await desk.dispatch()).wakes).toHaveLength(3);
    expect((await desk.deliver(24)).wakes).toHaveLength(3);
    expect(receiver.requests).toHaveLength(3);
  });
});

describe('health', () => {
  test('five failures in a row open the breaker; open it spends no attempt; then one probe goes out, not two', async () => {
    const endpoint = await desk.listening({ maxInFlight: 5 });
    await desk.emit(...Array.from({ length: 8 }, () => ({})));
    await desk.dispatch();
    receiver.answerWith({ status: 500 });
    await desk.deliver();
    expect(await desk.health(endpoint.id)).toMatchObject({ consecutive_failures: 5, breaker_step: 1, slow: true });
    await desk.deliver(24, 'slow');
    await desk.deliver();
    expect(receiver.requests).toHaveLength(5);

    clock.now += 40_000;
    receiver.answerWith({ status: 500, delayMs: 50 });
    await Promise.all([desk.deliver(24, 'slow'), desk.deliver(24, 'slow')]);
    expect(receiver.requests).toHaveLength(6);
    expect(await desk.health(endpoint.id)).toMatchObject({ breaker_step: 2 });
    const [row] = await desk.query(
      `select extract(epoch from breaker_until - $1::timestamptz)::float8 as seconds from delivery_health`,
      [new Date(clock.now)],
    );
    expect(Number(row?.seconds)).toBeGreaterThanOrEqual(60);
    expect(Number(row?.seconds)).toBeLessThanOrEqual(72);

    clock.now += 80_000;
    receiver.answerWith({ status: 200 });
    await desk.deliver(24, 'slow');
    expect(await desk.health(endpoint.id)).toMatchObject({
      consecutive_failures: 0,
      breaker_until: null,
      breaker_step: 0,
      failing_since: null,
    });
    clock.now += MINUTE_MS;
    await desk.deliver(24, 'slow');
    expect(receiver.requests.length).toBeGreaterThan(8);
  });

  test('three slow answers in a row move to the slow lane, five quick successes back', async () => {
    const endpoint = await desk.listening({ maxInFlight: 1 });
    await desk.emit(...Array.from({ length: 9 }, () => ({})));
    await desk.dispatch();
    const slowly = testOutbound(
      () => clock.now,
      async (url, init) => {
        clock.now += 6000;
        return fetch(url, init);
      },
    );
    for (let i = 0; i < 3; i += 1) await deliverDue(desk.kernel(new Date(clock.now)), slowly, 'quick', 1);
    expect(await desk.health(endpoint.id)).toMatchObject({ slow: true });
    await desk.deliver();
    expect(receiver.requests).toHaveLength(3);
    for (let i = 0; i < 5; i += 1) await desk.deliver(1, 'slow');
    expect(await desk.health(endpoint.id)).toMatchObject({ slow: false });
    expect(receiver.requests).toHaveLength(8);
  });

  test('failing for a day is told once, for five days disables', async () => {
    const endpoint = await desk.listening();
    await desk.emit(...Array.from({ length: 3 }, () => ({})));
    await desk.dispatch();
    receiver.answerWith({ status: 500 });
    for (let hour = 0; hour <= 130; hour += 5) {
      await desk.deliver();
      await desk.deliver(24, 'slow');
      clock.now += 5 * 60 * MINUTE_MS;
    }
    // Its attempts may be spent before the five days are over; a new event finds it still failing.
    await desk.emit({});
    await desk.dispatch();
    await desk.deliver();
    await desk.deliver(24, 'slow');
    const told = await desk.query(
      `select type, payload ->> 'hours' as hours, payload ->> 'reason' as reason, payload ->> 'lastStatus' as status from events where type like 'webhook.%' order by seq`,
    );
    expect(told).toEqual([
      { type: 'webhook.created', hours: null, reason: null, status: null },
      { type: 'webhook.failing', hours: '24', reason: null, status: '500' },
      { type: 'webhook.failing', hours: '72', reason: null, status: '500' },
      { type: 'webhook.disabled', hours: null, reason: 'failing', status: '500' },
    ]);
    expect(
      await desk.query(`select state, disabled_reason from webhooks where id = $1`, [idToUuid(endpoint.id)]),
    ).toEqual([{ state: 'disabled', disabled_reason: 'failing' }]);
  });
});
