import { createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { dispatchEvents } from '#services/events/dispatch-events.ts';
import { runTick } from '#services/tick/run-tick.ts';
import { headersOf, MINUTE_MS, openSendingDesk, type SendingDesk, textOf } from '../support/sending-desk.ts';

let desk: SendingDesk;
let receiver: SendingDesk['receiver'];
let clock: SendingDesk['clock'];

beforeAll(async () => {
  desk = await openSendingDesk();
  ({ receiver, clock } = desk);
});
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

describe('an event', () => {
  test('arrives signed, in two trips of dispatch and two of delivery', async () => {
    const endpoint = await desk.listening({ headers: { 'X-Api-Key': 'k-4711' } });
    const [eventId] = await desk.emit({});
    const dispatcher = await desk.dispatch();
    expect(dispatcher.db.spent.trips).toBe(2);
    expect(dispatcher.wakes).toHaveLength(1);
    expect((await desk.deliver()).db.spent.trips).toBe(2);

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
    expect(await desk.deliveries(endpoint.id)).toEqual([
      { state: 'delivered', reason: null, attempts: 1, round: 1, last_outcome: 'delivered', last_status: 204 },
    ]);
  });

  test('is signed by Ed25519 as well where the endpoint asks for both', async () => {
    const endpoint = await desk.listening({ signing: 'both' });
    await desk.emit({});
    await desk.dispatch();
    await desk.deliver();
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
    const endpoint = await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    receiver.answerWith([{ status: 503 }, { status: 503 }, { status: 200, body: 'thanks' }]);
    const first = await desk.deliver();
    expect(first.wakes).toEqual([
      { queue: 'webhooks', message: { kind: 'delivery', id: expect.any(String) }, delaySeconds: expect.any(Number) },
    ]);
    await desk.deliver();
    expect(receiver.requests).toHaveLength(1);
    clock.now += 7000;
    await desk.deliver();
    clock.now += 7 * MINUTE_MS;
    await desk.deliver();
    expect(
      new Set(receiver.requests.map((request) => `${headersOf(request)['webhook-id']} ${textOf(request)}`)).size,
    ).toBe(1);
    expect(receiver.requests.map((request) => headersOf(request)['mallard-attempt'])).toEqual(['1', '2', '3']);
    expect(await desk.attempts()).toEqual([
      { attempt: 1, outcome: 'http_error', http_status: 503, response_body: '' },
      { attempt: 2, outcome: 'http_error', http_status: 503, response_body: '' },
      { attempt: 3, outcome: 'delivered', http_status: 200, response_body: 'thanks' },
    ]);
    expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 3 }]);
  });

  test('whose body was rendered by an older release is sent again with the stored bytes', async () => {
    await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    await desk.query(`update event_bodies set bytes = '{"rendered":"before"}'`);
    await desk.deliver();
    expect(textOf(receiver.requests[0])).toBe('{"rendered":"before"}');
  });

  test('whose body nobody rendered costs one trip more and is kept before it is sent', async () => {
    await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    await desk.query(`delete from event_bodies`);
    expect((await desk.deliver()).db.spent.trips).toBe(3);
    expect(await desk.query(`select convert_from(bytes, 'UTF8') as body from event_bodies`)).toEqual([
      { body: textOf(receiver.requests[0]) },
    ]);
  });

  test('that fails ten times is dead', async () => {
    const endpoint = await desk.listening();
    await desk.emit({});
    await desk.dispatch();
    receiver.answerWith({ status: 500 });
    for (let i = 0; i < 12; i += 1) {
      await desk.deliver(24, (await desk.health(endpoint.id)).slow ? 'slow' : 'quick');
      clock.now += 30 * 60 * MINUTE_MS;
    }
    expect(receiver.requests).toHaveLength(10);
    expect(await desk.deliveries(endpoint.id)).toMatchObject([{ state: 'dead', reason: 'exhausted', attempts: 10 }]);
  });
});

test('one whose secret no longer opens harms no other of the batch, and is told', async () => {
  const broken = await desk.listening();
  const whole = await desk.listening();
  await desk.emit({});
  await desk.dispatch();
  await desk.query(`update webhooks set secrets = 'm1.00000000.AAAA.AAAA' where id = $1`, [idToUuid(broken.id)]);
  await expect(desk.deliver()).rejects.toThrow(AggregateError);
  expect(await desk.deliveries(whole.id)).toMatchObject([{ state: 'delivered' }]);
  expect(await desk.deliveries(broken.id)).toMatchObject([{ state: 'sending', attempts: 1 }]);
});

test('one whose name is as long as a name may be, with a port, harms no other of the batch', async () => {
  const long = await desk.listening();
  const whole = await desk.listening();
  await desk.query(`update webhooks set url = $1 where id = $2`, [
    `https://${'a.'.repeat(123)}acme.io:8443/`,
    idToUuid(long.id),
  ]);
  await desk.emit({});
  await desk.dispatch();
  await desk.deliver();
  expect(await desk.deliveries(long.id)).toMatchObject([{ state: 'retry', last_outcome: 'network' }]);
  expect(await desk.deliveries(whole.id)).toMatchObject([{ state: 'delivered' }]);
});

test('what is erased between being read and being rendered is kept in no body', async () => {
  await desk.listening();
  const [eventId] = await desk.emit({ payload: { subject: 'of Ada' } });
  const kernel = desk.kernel(new Date(clock.now));
  const { batch } = kernel.db;
  let calls = 0;
  const overtaken = (async (...args) => {
    if (calls++ === 1)
      await desk.query(`select redact_rows('events', array[$1::uuid], '{payload,actor_label,erased_at}')`, [
        idToUuid(eventId as Id<'evt'>),
      ]);
    return batch(...args);
  }) as typeof batch;
  await dispatchEvents({ ...kernel, db: { ...kernel.db, batch: overtaken } });
  expect(calls).toBe(2);
  expect(await desk.query(`select from event_bodies`)).toEqual([]);
  await desk.deliver();
  expect(JSON.parse(textOf(receiver.requests[0])).data).toEqual({ erased: true });
  expect(await desk.query(`select from event_bodies`)).toHaveLength(1);
});

test('numbers beyond 32 bits are told as they are', async () => {
  await desk.listening();
  await desk.emit({ entitySeq: 3_000_000_000 });
  await desk.dispatch();
  await desk.deliver();
  expect(headersOf(receiver.requests[0])['mallard-sequence']).toBe('3000000000');
});

test('all messages purged: the tick hands out permits, nothing is lost and nothing doubled', async () => {
  const endpoint = await desk.listening();
  await desk.emit({}, {}, {});
  const tick = desk.kernel(new Date(clock.now));
  await runTick(tick);
  expect(await desk.deliveries(endpoint.id)).toHaveLength(3);
  clock.now += MINUTE_MS;
  const second = desk.kernel(new Date(clock.now));
  await runTick(second);
  expect(second.db.spent.trips).toBe(1);
  expect(second.wakes.filter(({ queue }) => queue === 'webhooks')).toHaveLength(3);
  await desk.deliver(3);
  await desk.deliver(3);
  expect(receiver.requests).toHaveLength(3);
});
