import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, startDesk } from '#bench/desk.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { createWorld, type World } from './support/world.ts';

let db: TestDatabase;
let world: World;
let desk: Desk;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  desk = await startDesk({ databaseUrl: db.url, masterKey: randomBytes(32).toString('base64'), rttMs: 0 });
}, 120_000);
afterAll(async () => {
  await desk?.stop();
  await db.drop();
});

test('the Worker as it is deployed, cut and in modules, reads, writes and refuses as the source does', async () => {
  const { token } = await world.keyFor(['ticket.create', 'ticket.view_all', 'ticket.reply_public']);
  const ask = (path: string, body?: unknown) =>
    fetch(`${desk.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const created = await ask('/api/v1/tickets', {
    subject: 'From the built one',
    body: 'Hello',
    requester: { email: 'mia@harbour.test' },
  });
  expect(created.status).toBe(201);
  const ticket = (await created.json()) as { id: string; number: number };
  const answered = await ask(`/api/v1/tickets/${ticket.id}/messages`, {
    body: 'Seen',
    as: { principalId: world.owner.id },
  });
  expect(answered.status).toBe(201);
  const refused = await ask('/api/v1/tickets', { subject: '', colour: 'red' });
  expect(refused.status).toBe(400);
  expect(((await refused.json()) as { errors: { code: string }[] }).errors.map(({ code }) => code)).toEqual([
    'too_short',
    'unknown_field',
  ]);
  const tried = await ask('/api/v1/tickets?dryRun=true', { subject: 'Only tried', body: 'Hello' });
  expect(await tried.json()).toMatchObject({ dryRun: true, status: 201, events: ['ticket.created'] });
  for (const path of ['/api/v1/roles', '/api/v1/webhooks', '/api/v1/me'])
    expect((await ask(path)).status).not.toBe(500);
  const list = (await (await ask('/api/v1/tickets?limit=1')).json()) as { data: unknown[] };
  expect(list.data).toMatchObject([{ id: ticket.id, subject: 'From the built one', messageSeq: 2 }]);
  expect((await fetch(`${desk.url}/health`)).status).toBe(200);
});
