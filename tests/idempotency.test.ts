import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { formatApiKey, hashSecret, newSecret, secretOf } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import type { JsonObject } from '#workers/openapi/components.ts';
import { type Answered, openRouteCaller, type Prepared, type RouteCaller } from './support/route-caller.ts';
import type { TestKey } from './support/world.ts';

let caller: RouteCaller;
let key: TestKey;
let name: string;

beforeAll(async () => {
  caller = await openRouteCaller();
  key = await caller.world.keyFor(PERMISSION_KEYS);
});
afterAll(() => caller.close());
beforeEach(() => {
  name = crypto.randomUUID();
});

const post = (path: string, body: JsonObject, method = 'POST'): Prepared => ({
  method,
  path,
  query: {},
  body,
  ids: {},
});
const newTicket = (subject = name): Prepared => post('/api/v1/tickets', { subject, body: 'The export stops.' });
const send = (prepared: Prepared, bent: Parameters<RouteCaller['send']>[1] = {}): Promise<Answered> =>
  caller.send(prepared, { token: key.token, ...bent, headers: { 'idempotency-key': name, ...bent.headers } });

/** How often a thing was done: the tickets of a subject, with what stands beside each. */
async function done(
  subject = name,
): Promise<{ tickets: number; events: number; audits: number; activities: number; messages: number }> {
  const [row] = await caller.world.db.query<Record<string, number>>(
    `with t as (select id from tickets where subject = $1)
     select (select count(*)::int from t) as tickets,
       (select count(*)::int from events where type = 'ticket.created' and entity_id in (select id from t)) as events,
       (select count(*)::int from audit_events where action = 'ticket.created' and target_id in (select id from t)) as audits,
       (select count(*)::int from ticket_activity where ticket_id in (select id from t)) as activities,
       (select count(*)::int from ticket_messages where ticket_id in (select id from t)) as messages`,
    [subject],
  );
  return row as Awaited<ReturnType<typeof done>>;
}

const ONCE = { tickets: 1, events: 1, audits: 1, activities: 1, messages: 1 };
const NEVER = { tickets: 0, events: 0, audits: 0, activities: 0, messages: 0 };
const keyRows = () =>
  caller.world.db.query<{ body: string | null; status: number }>(
    'select body, status from idempotency_keys where key = $1',
    [name],
  );

describe('a repeated request', () => {
  test('gets the first answer byte for byte, with its own request id and the id of the first', async () => {
    const first = await send(newTicket());
    const second = await send(newTicket());
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    for (const header of ['etag', 'location', 'content-type'])
      expect(second.headers.get(header)).toBe(first.headers.get(header));
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.headers.get('original-request-id')).toBe(first.headers.get('x-request-id'));
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(await done()).toEqual(ONCE);
  });

  test('a replay costs one trip', async () => {
    await send(newTicket());
    expect((await send(newTicket())).trips).toBe(1);
  });

  test.each([50, 100])(
    '%i at once with one key make one ticket; the others get its bytes or 409 in flight',
    async (count) => {
      const answers = await Promise.all(Array.from({ length: count }, () => send(newTicket())));
      const made = answers.filter(({ status }) => status === 201);
      const inFlight = answers.filter(({ json }) => json.code === 'idempotency_in_flight');
      expect(made.length + inFlight.length).toBe(count);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      expect(made.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
      for (const { status, headers } of inFlight) expect([status, headers.get('retry-after')]).toEqual([409, '1']);
      expect(await done()).toEqual(ONCE);
    },
  );

  test('keys in another order, blanks and 1.0 for 1 are the same request', async () => {
    const { id } = await caller.world.ticket();
    const patch = post(`/api/v1/tickets/${id}`, {}, 'PATCH');
    const first = await send(patch, { body: '{"priority":"high","version":1}' });
    const second = await send(patch, { body: ' {\n "version" : 1.0 ,\t"priority":"\\u0068igh" } ' });
    expect([first.status, second.status, second.text]).toEqual([200, 200, first.text]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  test('a request that would change nothing is answered as before, though the world has changed', async () => {
    const { id } = await caller.world.ticket();
    const patch = post(`/api/v1/tickets/${id}`, {}, 'PATCH');
    const first = await send(patch, { body: {} });
    await caller.send(patch, { token: key.token, body: { priority: 'urgent' } });
    const second = await send(patch, { body: {} });
    expect([second.status, second.text, second.headers.get('etag')]).toEqual([200, first.text, '"1"']);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('another request under the same key', () => {
  test.each([
    ['another body', newTicket('Something else')],
    ['another path', post('/api/v1/teams', { name: 'Night shift', slug: 'night-shift' })],
  ])('%s is a mismatch, and nothing is written', async (_what, other) => {
    await send(newTicket());
    const rows = await caller.world.db.query(
      'select (select count(*) from tickets) as tickets, (select count(*) from teams) as teams',
    );
    const answer = await send(other);
    expect(answer).toMatchObject({ status: 422, trips: 1, json: { code: 'idempotency_mismatch' } });
    expect(
      await caller.world.db.query(
        'select (select count(*) from tickets) as tickets, (select count(*) from teams) as teams',
      ),
    ).toEqual(rows);
  });

  test('the same body about another ticket is a mismatch', async () => {
    const [one, two] = [await caller.world.ticket(), await caller.world.ticket()];
    const reply = (id: string) => post(`/api/v1/tickets/${id}/messages`, { body: 'We look into it.' });
    expect((await send(reply(one.id))).status).toBe(201);
    expect((await send(reply(two.id))).json).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
  });

  test('another caller has keys of its own', async () => {
    const other = await caller.world.keyFor(PERMISSION_KEYS);
    await send(newTicket());
    const answer = await send(newTicket(), { token: other.token });
    expect([answer.status, answer.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect((await done()).tickets).toBe(2);
  });

  test('a rotated secret is the same caller', async () => {
    const rotated = await caller.world.keyFor(PERMISSION_KEYS);
    const first = await send(newTicket(), { token: rotated.token });
    const token = formatApiKey(rotated.id, newSecret());
    const hash = hashSecret(secretOf(token));
    await caller.world.db.query('update api_keys set secret_hash = $2 where id = $1', [idToUuid(rotated.id), hash]);
    expect((await send(newTicket(), { token })).text).toBe(first.text);
    expect(await done()).toEqual(ONCE);
  });
});

describe('a refusal', () => {
  test('leaves no key row; the same key and body may succeed later', async () => {
    const { world } = caller;
    const teamId = await world.team();
    const archived = (at: Date | null) =>
      world.db.query('update teams set archived_at = $2 where id = $1', [idToUuid(teamId), at]);
    const request = post('/api/v1/tickets', { subject: name, body: 'Hello', primaryTeamId: teamId });
    await archived(new Date());
    expect((await send(request)).json).toMatchObject({ status: 422, reason: 'team_archived' });
    expect(await keyRows()).toEqual([]);
    await archived(null);
    expect((await send(request)).status).toBe(201);
    expect(await done()).toEqual(ONCE);
  });

  test('after 24 hours the key is fresh, though its row is still there; two such at once do it once', async () => {
    await send(newTicket());
    await caller.world.db.query(
      `update idempotency_keys set created_at = created_at - interval '24 hours 1 millisecond', expires_at = expires_at - interval '24 hours 1 millisecond' where key = $1`,
      [name],
    );
    const answers = await Promise.all([send(newTicket()), send(newTicket())]);
    const fresh = answers.filter(
      ({ status, headers }) => status === 201 && headers.get('idempotency-replayed') === null,
    );
    expect(fresh).toHaveLength(1);
    expect((await done()).tickets).toBe(2);
    expect(await keyRows()).toHaveLength(1);
  });

  test('a replay after the permission was taken is 403, after revocation 401, and tells no stored byte', async () => {
    const { world } = caller;
    const creator = await world.member({ role: 'owner' });
    const lost = await world.keyFor(['ticket.create'], { creator });
    const first = await send(newTicket(), { token: lost.token });
    await world.db.query("update api_keys set scope_keys = '{ticket.view_all}' where id = $1", [idToUuid(lost.id)]);
    const without = await send(newTicket(), { token: lost.token });
    await world.db.query("update api_keys set revoked_at = now(), revoke_reason = 'manual' where id = $1", [
      idToUuid(lost.id),
    ]);
    const revoked = await send(newTicket(), { token: lost.token });
    expect([first.status, without.status, revoked.status]).toEqual([201, 403, 401]);
    for (const { text } of [without, revoked]) expect(text).not.toContain(String(first.json.id));
  });

  test('while another transaction holds the key it is 409 in flight, and nothing is done', async () => {
    const holder = await caller.world.db.connect();
    await holder.query('begin');
    await holder.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${key.principalId}\u001f${name}`]);
    const answer = await send(newTicket());
    await holder.query('rollback');
    holder.release();
    expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([
      409,
      'idempotency_in_flight',
      '1',
    ]);
    expect(await done()).toEqual(NEVER);
    expect((await send(newTicket())).status).toBe(201);
  });
});

describe('a Worker that dies', () => {
  const onCommit = (verdict: 'drop-before' | 'drop-after') =>
    caller.worker.proxy.setHook(({ queries }) =>
      queries.some((query) => query.includes('insert into idempotency_keys')) ? verdict : 'pass',
    );

  test.each(['drop-before', 'drop-after'] as const)(
    '%s the commit: the caller is told that the outcome is unknown, and the same key does it once',
    async (verdict) => {
      onCommit(verdict);
      const lost = await send(newTicket());
      caller.worker.proxy.setHook(undefined);
      expect(lost).toMatchObject({ status: 503, json: { code: 'unavailable', reason: 'outcome_unknown' } });
      expect(await done()).toEqual(verdict === 'drop-before' ? NEVER : ONCE);
      const retry = await send(newTicket());
      expect([retry.status, retry.headers.get('idempotency-replayed')]).toEqual([
        201,
        verdict === 'drop-before' ? null : 'true',
      ]);
      expect(await done()).toEqual(ONCE);
    },
  );
});

describe('a secret shown once', () => {
  test('stands in the first answer only, and in no stored one', async () => {
    const request = post('/api/v1/webhooks', { name, url: 'https://hooks.example.com/in', types: ['ticket.created'] });
    const first = await send(request);
    const second = await send(request);
    expect(first.json.secret).toMatch(/^whsec_/);
    expect(second.json).toEqual({ ...first.json, secret: null });
    const [row] = await keyRows();
    expect(row?.body).not.toContain(String(first.json.secret));
  });

  test('a replayed key creation shows no token', async () => {
    const request = post('/api/v1/api-keys', { name, scopes: ['ticket.view_all'] });
    const first = await send(request);
    const second = await send(request);
    expect(first.json.token).toMatch(/^mk_/);
    expect(second.json).toEqual({ ...first.json, token: null });
    const kept: { body: string }[] = await caller.world.db.query(
      'select body from idempotency_keys where body is not null',
    );
    for (const { body } of kept) expect(body).not.toMatch(/mk_[0-9a-z]{26}_|whsec_/);
  });
});

test('a key on a read is ignored', async () => {
  const { id } = await caller.world.ticket();
  const read = { method: 'GET', path: `/api/v1/tickets/${id as Id}`, query: {}, body: undefined, ids: {} };
  for (const trips of [1, 1]) expect(await send(read)).toMatchObject({ status: 200, trips });
  expect(await keyRows()).toEqual([]);
});
