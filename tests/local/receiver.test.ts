import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ReceivedEvent, type Receiver, startReceiver } from '#local/receiver.ts';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
const BODY = '{"type":"ticket.created","data":{"n":1}}';

const events: ReceivedEvent[] = [];
const lines: string[] = [];
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver({
    secret: () => SECRET,
    onEvent: (event) => events.push(event),
    print: (line) => lines.push(line),
  });
});
afterAll(() => receiver.stop());

async function post(secret: string, body: string, signedAt = new Date()): Promise<number> {
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', signedAt, BODY),
  };
  return (await fetch(receiver.url, { method: 'POST', headers, body })).status;
}

it('takes a signed event and prints one line', async () => {
  expect(await post(SECRET, BODY)).toBe(204);
  expect(events).toEqual([{ id: 'evt_1', type: 'ticket.created', payload: JSON.parse(BODY) }]);
  expect(lines).toEqual(['webhook  ticket.created          verified  evt_1']);
});

it('refuses a changed body, a foreign secret and an old signature', async () => {
  const foreign = `whsec_${Buffer.from('another secret of 24 byte').toString('base64')}`;
  expect(await post(SECRET, BODY.replace('1', '2'))).toBe(401);
  expect(await post(foreign, BODY)).toBe(401);
  expect(await post(SECRET, BODY, new Date(Date.now() - 3_600_000))).toBe(401);
  expect(events).toHaveLength(1);
});
