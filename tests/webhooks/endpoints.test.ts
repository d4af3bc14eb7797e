import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DemoMember } from '#local/demo/people.ts';
import { idToUuid, parseId } from '#schema/ids.ts';
import { type RecordedRequest, type ScriptedReceiver, startScriptedReceiver } from '../support/receiver.ts';
import { openWebhookDesk, type WebhookDesk } from '../support/webhook-desk.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let desk: WebhookDesk;
let worker: TestWorker;
let receiver: ScriptedReceiver;

beforeAll(async () => {
  desk = await openWebhookDesk();
  receiver = await startScriptedReceiver();
  worker = await startWorker({ databaseUrl: desk.db.url, vars: { CHECK_ANSWERS: 'true' } });
});
afterAll(async () => {
  await worker.close();
  await receiver.stop();
  await desk.close();
});
beforeEach(async () => {
  await desk.reset();
  receiver.requests.length = 0;
  receiver.answerWith({ status: 204 });
});

interface Answered {
  status: number;
  headers: Headers;
  trips: string;
  body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  by: DemoMember = desk.owner,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await worker.fetch(`/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${by.token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    trips: /desc="(\d+)"/.exec(response.headers.get('server-timing') ?? '')?.[1] ?? '',
    body: text === '' ? {} : JSON.parse(text),
  };
}

const wanted = (more: Record<string, unknown> = {}) => ({
  name: 'Warehouse',
  url: `${receiver.url}/in?token=s3cret-in-the-address`,
  types: ['webhook.created', 'webhook.deleted'],
  audience: 'internal',
  ...more,
});
const agent = () => desk.workspace.members[2] as DemoMember;
const supervisor = () => desk.workspace.members[1] as DemoMember;
const textOf = (request: RecordedRequest | undefined) => request?.body.toString('utf8') ?? '';

describe('creating', () => {
  test('answers the secret once and tells the endpoint of itself, signed, through the queues', async () => {
    const created = await call(
      'POST',
      '/webhooks',
      wanted({ signing: 'both', headers: { 'X-Tenant': 'tenant-47110815' } }),
    );
    expect(created.status).toBe(201);
    expect(created.trips).toBe('2');
    expect(created.headers.get('etag')).toBe('"1"');
    expect(created.headers.get('location')).toBe(`/api/v1/webhooks/${created.body.id}`);
    expect(created.body).toMatchObject({ ownerId: desk.owner.principalId, state: 'active', headerNames: ['x-tenant'] });

    const [request] = await receiver.waitFor(1);
    const headers = request?.headers as Record<string, string>;
    const event = new Webhook(created.body.secret as string).verify(textOf(request), headers) as Record<
      string,
      unknown
    >;
    expect(event).toMatchObject({
      type: 'webhook.created',
      source: 'https://desk.test',
      entity: { type: 'webhook', id: created.body.id, sequence: 1 },
    });
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1a,\S+$/);
    expect(headers['x-tenant']).toBe('tenant-47110815');

    const read = await call('GET', `/webhooks/${created.body.id}`);
    expect(read.trips).toBe('1');
    expect(read.body).not.toHaveProperty('secret');
    expect(read.body.url).toBe(wanted().url);
  });

  test('again with the same idempotency key gives the same endpoint without its secret', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() };
    const first = await call('POST', '/webhooks', wanted(), desk.owner, key);
    const second = await call('POST', '/webhooks', wanted(), desk.owner, key);
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect(second.body).toEqual({ ...first.body, secret: null });
    expect(await desk.db.query(`select count(*)::int as n from webhooks`)).toEqual([{ n: 1 }]);
  });

  test.each<[string, Record<string, unknown>, number, string]>([
    ['a plain http address', { url: 'http://hooks.acme.io/' }, 422, 'url_refused'],
    ['an address of ours', { url: 'https://desk.test/' }, 422, 'url_refused'],
    ['a type nobody knows', { types: ['ticket.exploded'] }, 422, 'unknown_type'],
    ['a group nobody knows', { types: ['rocket.*'] }, 422, 'unknown_type'],
    ['a wildcard by a key', { types: ['*'] }, 422, 'wildcard_by_key'],
    ['a group by a key', { types: ['ticket.*'] }, 422, 'wildcard_by_key'],
    [
      'public with a type that never is',
      { types: ['ticket.assigned'], audience: 'public' },
      422,
      'audience_excludes_type',
    ],
    ['a version nobody wrote', { payloadVersion: '2020-01-01' }, 422, 'unknown_version'],
    ['a header that is ours', { headers: { 'webhook-id': 'x' } }, 422, 'header_refused'],
    ['a header with a line break', { headers: { 'x-a': 'b\r\nc: d' } }, 422, 'header_refused'],
    ['too many at once', { maxInFlight: 21 }, 422, 'out_of_range'],
    ['an inbox that is none', { inboxIds: ['inbox_01h455vb4pex5vsknk084sn02q'] }, 422, 'unknown_reference'],
    ['ordering, which does not exist yet', { ordering: 'per_entity' }, 400, ''],
  ])('%s is refused', async (_, more, status, reason) => {
    const answer = await call('POST', '/webhooks', wanted(more));
    expect([answer.status, answer.body.reason ?? '']).toEqual([status, reason]);
    expect(await desk.db.query(`select count(*)::int as n from webhooks`)).toEqual([{ n: 0 }]);
    expect(await desk.db.query(`select count(*)::int as n from events`)).toEqual([{ n: 0 }]);
    expect(await desk.db.query(`select count(*)::int as n from audit_events`)).toEqual([{ n: 0 }]);
  });

  test('who may not manage webhooks is refused, and so is more than one covers', async () => {
    expect(await call('POST', '/webhooks', wanted(), agent())).toMatchObject({
      status: 403,
      body: { reason: 'missing_permission' },
    });
    await desk.db.query(`insert into roles (key, name) values ('hooks', 'Hooks') on conflict do nothing`);
    await desk.db.query(
      `insert into role_permissions (role_id, permission_key) select id, 'webhook.manage' from roles where key = 'hooks' on conflict do nothing`,
    );
    await desk.db.query(
      `insert into principal_role_assignments (principal_id, role_id) select $1, id from roles where key = 'hooks'`,
      [idToUuid(agent().principalId)],
    );
    expect(await call('POST', '/webhooks', wanted({ types: ['ticket.created'] }), agent())).toMatchObject({
      status: 403,
      body: {
        reason: 'exceeds_ceiling',
        pairs: [
          { type: 'ticket.created', audience: 'public' },
          { type: 'ticket.created', audience: 'internal' },
        ],
      },
    });
    expect((await call('POST', '/webhooks', wanted(), agent())).status).toBe(201);
    await desk.db.query(
      `update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where role_id = (select id from roles where key = 'hooks')`,
    );
  });

  test('the 51st endpoint is refused under twenty concurrent creates, and deleting frees the place', async () => {
    await desk.db.query(
      `insert into webhooks (name, url, owner_principal_id, types, payload_version, secrets, filters_from, created_by_principal_id)
       select 'x', 'https://hooks.acme.io/', $1, '{ticket.created}', '2026-11-01', 'x', 0, $1 from generate_series(1, 45)`,
      [idToUuid(desk.owner.principalId)],
    );
    await desk.db.query(`insert into delivery_health (target_id, sink) select id, 'webhook' from webhooks`);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call('POST', '/webhooks', wanted())));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(5);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.reason))).toEqual(
      new Set(['limit_reached']),
    );
    expect((await call('DELETE', `/webhooks/${made[0]?.body.id}`)).status).toBe(204);
    expect((await call('POST', '/webhooks', wanted())).status).toBe(201);
    expect(await call('POST', '/webhooks', wanted())).toMatchObject({ status: 422, body: { reason: 'limit_reached' } });
  });
});

describe('reading', () => {
  test('without webhook.manage the address is masked', async () => {
    const { body } = await call('POST', '/webhooks', wanted());
    await desk.db.query(`update api_keys set scope_keys = '{webhook.view}' where creator_principal_id = $1`, [
      idToUuid(supervisor().principalId),
    ]);
    const read = await call('GET', `/webhooks/${body.id}`, undefined, supervisor());
    expect(read.body.url).toBe(`${receiver.url}/in?…`);
    const list = await call('GET', '/webhooks?q=ware&state=active', undefined, supervisor());
    expect(list.trips).toBe('1');
    expect((list.body.data as { url: string }[]).map(({ url }) => url)).toEqual([`${receiver.url}/in?…`]);
    expect((await call('DELETE', `/webhooks/${body.id}`, undefined, supervisor())).status).toBe(403);
    expect((await call('GET', `/webhooks/${body.id}`, undefined, agent())).status).toBe(404);
  });

  test('the list pages, the newest first, and the log shows attempts', async () => {
    const ids: unknown[] = [];
    for (let i = 0; i < 3; i += 1)
      ids.unshift((await call('POST', '/webhooks', wanted({ types: ['webhook.deleted'] }))).body.id);
    const first = await call('GET', '/webhooks?limit=2');
    const { next } = first.body.page as { next: string };
    const second = await call('GET', `/webhooks?limit=2&cursor=${encodeURIComponent(next)}`);
    expect([first, second].flatMap(({ body }) => (body.data as { id: string }[]).map(({ id }) => id))).toEqual(ids);
    receiver.answerWith({ status: 200, body: 'ok' });
    await call('DELETE', `/webhooks/${ids[0]}`);
    await receiver.waitFor(2);
    await until(async () => (await desk.db.query(`select from deliveries where state = 'delivered'`)).length === 2);
    await desk.db.query(`update deliveries set position = 3000000000`);
    const log = await call('GET', `/webhooks/${ids[1]}/deliveries`);
    expect(log.trips).toBe('1');
    expect(log.body.data).toMatchObject([
      {
        type: 'webhook.deleted',
        position: 3_000_000_000,
        state: 'delivered',
        attempts: [{ outcome: 'delivered', httpStatus: 200, responseBody: 'ok' }],
      },
    ]);
    expect((await call('GET', `/webhooks/${ids[0]}/deliveries`)).status).toBe(404);
  });
});

describe('deleting', () => {
  test('wipes the secrets, cancels what is open, and starts no further request', async () => {
    receiver.answerWith({ status: 500 });
    const { body } = await call('POST', '/webhooks', wanted());
    await receiver.waitFor(1);
    const id = idToUuid(parseId('whk', body.id as string));
    await until(async () => (await desk.db.query(`select from deliveries where state = 'retry'`)).length === 1);
    expect((await call('DELETE', `/webhooks/${body.id}`, undefined, desk.owner, { 'if-match': '"7"' })).status).toBe(
      412,
    );
    const deleted = await call('DELETE', `/webhooks/${body.id}`, undefined, desk.owner, { 'if-match': '"1"' });
    expect([deleted.status, deleted.trips]).toEqual([204, '2']);
    expect(await desk.db.query(`select secrets, headers from webhooks where id = $1`, [id])).toEqual([
      { secrets: null, headers: null },
    ]);
    expect(await desk.db.query(`select state, reason from deliveries where target_id = $1`, [id])).toEqual([
      { state: 'cancelled', reason: 'endpoint_deleted' },
    ]);
    const before = receiver.requests.length;
    await worker.scheduled('* * * * *');
    await new Promise((done) => setTimeout(done, 500));
    expect(receiver.requests.length).toBe(before);
    expect((await call('GET', `/webhooks/${body.id}`)).status).toBe(404);
    expect((await call('DELETE', `/webhooks/${body.id}`)).status).toBe(404);
  });
});

test('no secret, own-header value or query of an address is in any log line, row or stored answer', async () => {
  const tenant = 'tenant-08154711';
  const { body } = await call('POST', '/webhooks', wanted({ headers: { 'x-tenant': tenant } }), desk.owner, {
    'idempotency-key': crypto.randomUUID(),
  });
  receiver.answerWith((request) => ({ status: 200, body: JSON.stringify(request.headers) }));
  await receiver.waitFor(1);
  await until(async () => (await desk.db.query(`select from webhook_deliveries`)).length > 0);
  const tables = [
    'events',
    'event_bodies',
    'audit_events',
    'webhook_deliveries',
    'deliveries',
    'idempotency_keys',
    'delivery_health',
    'dead_letters',
  ];
  const rows = await Promise.all(
    tables.map((table) => desk.db.query(`select to_jsonb(t)::text as row from ${table} t`)),
  );
  const bodies = await desk.db.query(`select convert_from(bytes, 'UTF8') as row from event_bodies`);
  const written = [...rows.flat(), ...bodies, ...worker.logs.map(({ message }) => ({ row: message }))]
    .map(({ row }) => String(row))
    .join('\n');
  for (const secret of [body.secret as string, (body.secret as string).slice(6), tenant])
    expect(written).not.toContain(secret);
  const answers = await desk.db.query<{ row: string }>(
    `select to_jsonb(t)::text as row from audit_events t union all select to_jsonb(t)::text from events t`,
  );
  expect(answers.map(({ row }) => row).join('\n')).not.toContain('s3cret-in-the-address');
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('it never came to hold');
}
