import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '../support/access-desk.ts';

const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const made = async (body: object = {}, by: Caller = desk.owner) => {
  const answer = await by.post('/api-keys', { name: 'Import', scopes: ['ticket.view_all'], ...body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 });
  return answer.body;
};
const works = async (token: string): Promise<number> => (await desk.as(token).get('/tickets')).status;
const refusal = (status: number, reason: string) => ({ status, body: { reason } });

describe('making a key', () => {
  test('answers the token once, stores only a digest, and costs two round trips', async () => {
    const answer = await desk.owner.post('/api-keys', {
      name: 'Import',
      purpose: 'Nightly import',
      scopes: ['ticket.view_team', 'ticket.create', 'ticket.create'],
      teamIds: [desk.world.teams.support],
      allowedIps: ['10.0.0.0/8', '192.0.2.7'],
      expiresAt: inDays(10),
    });
    expect(answer).toMatchObject({ status: 201, trips: 2 });
    const { token, ...key } = answer.body;
    expect(token).toMatch(/^mk_[0-9a-z]{26}_[0-9A-Za-z]{49}$/);
    expect(key).toMatchObject({
      prefix: token.slice(0, 12),
      state: 'active',
      creatorId: desk.world.owner.id,
      scopes: ['ticket.create', 'ticket.view_team'],
      teamIds: [desk.world.teams.support],
      inboxIds: null,
      allowedIps: ['10.0.0.0/8', '192.0.2.7/32'],
    });
    const read = await desk.owner.get(`/api-keys/${key.id}`);
    expect(read).toMatchObject({ status: 200, trips: 1 });
    const { permissions, ...same } = read.body;
    expect(same).toEqual(key);
    expect(permissions.map(({ permission }: { permission: string }) => permission)).toEqual([
      'ticket.create',
      'ticket.view_assigned',
      'ticket.view_shared',
      'ticket.view_team',
    ]);
    const everything = JSON.stringify([
      await desk.db.query('select encode(secret_hash, $$hex$$) from api_keys'),
      await desk.db.query('select * from audit_events'),
      await desk.db.query('select * from events'),
      desk.worker.logs,
    ]);
    expect(everything).not.toContain(token.slice(30, 60));
  });

  test('tells of it once, with audit', async () => {
    const key = await made();
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([{ type: 'api_key.created', entity_seq: '1', payload: { keyId: key.id } }]);
    expect(EVENTS['api_key.created'].payload.parse(events[0]?.payload)).toBeTruthy();
    expect(audit).toMatchObject([{ action: 'api_key.created', target_type: 'api_key', outcome: 'allowed' }]);
  });

  test('answers a replay without the token and keeps none in the stored answer', async () => {
    const body = { name: 'Twice', scopes: ['ticket.create'] };
    const first = await desk.owner.post('/api-keys', body, { 'idempotency-key': 'make-1' });
    const again = await desk.owner.post('/api-keys', body, { 'idempotency-key': 'make-1' });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual({ ...first.body, token: null });
    const [stored] = await desk.db.query<{ body: string }>("select body from idempotency_keys where key = 'make-1'");
    expect(stored?.body).not.toContain(first.body.token);
  });

  test.each([
    [422, 'scopes_required', { scopes: [] }],
    [422, 'unknown_permission', { scopes: ['ticket.fly'] }],
    [422, 'limit_empty', { teamIds: [] }],
    [422, 'limit_empty', { inboxIds: [] }],
    [422, 'scope_not_allowed', { scopes: ['org.view'], teamIds: 'support' }],
    [422, 'out_of_range', { expiresAt: inDays(367) }],
    [422, 'out_of_range', { expiresAt: inDays(-1) }],
    [422, 'out_of_range', { scopes: ['admin.manage_users'], expiresAt: inDays(91) }],
    [403, 'person_required', { expiresAt: null }],
  ] as const)('is refused with %i %s for %j', async (status, reason, body) => {
    const places = 'teamIds' in body && body.teamIds === 'support' ? { teamIds: [desk.world.teams.support] } : {};
    expect(
      await desk.owner.post('/api-keys', { name: 'X', scopes: ['ticket.view_all'], ...body, ...places }),
    ).toMatchObject(refusal(status, reason));
  });

  test('names the broken range, the unknown team and the archived one', async () => {
    const body = { name: 'X', scopes: ['ticket.view_all'] };
    expect(await desk.owner.post('/api-keys', { ...body, allowedIps: ['10.0.0.0/8', '10.0.0.1/8'] })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/allowedIps/1' }] },
    });
    expect(await desk.owner.post('/api-keys', { ...body, teamIds: [desk.world.newId('team')] })).toMatchObject(
      refusal(422, 'unknown_reference'),
    );
    const { body: team } = await desk.owner.post('/teams', { slug: 'gone', name: 'Gone' });
    await desk.owner.delete(`/teams/${team.id}`);
    expect(await desk.owner.post('/api-keys', { ...body, teamIds: [team.id] })).toMatchObject(
      refusal(422, 'scope_archived'),
    );
  });

  test('stops at fifty live keys of one person, and a revoked one makes room', async () => {
    const { caller, member } = await desk.holder(['admin.manage_api_keys', 'ticket.create']);
    await Promise.all(Array.from({ length: 49 }, () => desk.world.keyFor(['ticket.create'], { creator: member })));
    const body = { name: 'One more', scopes: ['ticket.create'] };
    expect(await caller.post('/api-keys', body)).toMatchObject(refusal(422, 'limit_reached'));
    await desk.db.query(
      `update api_keys set revoked_at = now(), revoke_reason = 'manual' where id = (select id from api_keys where creator_principal_id = $1 and scope_keys = '{ticket.create}' limit 1)`,
      [idToUuid(member.id)],
    );
    expect(await caller.post('/api-keys', body)).toMatchObject({ status: 201 });
  });
});

test('at most fifty places limit a key, and five hundred keys live in a workspace', async () => {
  const body = { name: 'One more', scopes: ['ticket.create'] };
  const teamIds = Array.from({ length: 501 }, () => desk.world.newId('team'));
  expect(await desk.owner.post('/api-keys', { ...body, teamIds })).toMatchObject(refusal(422, 'limit_reached'));
  const inboxIds = Array.from({ length: 51 }, () => desk.world.newId('inbox'));
  expect(await desk.owner.post('/api-keys', { ...body, inboxIds })).toMatchObject(refusal(422, 'limit_reached'));
  const { caller } = await desk.holder(['admin.manage_api_keys', 'ticket.create']);
  const { id: stranger } = await desk.world.member();
  await desk.db.query(
    `with made as (insert into principal (type, service_kind, display_name) select 'service', 'api_key', 'Filler' from generate_series(1, 500) returning id)
      insert into api_keys (name, principal_id, creator_principal_id, secret_hash, scope_keys)
      select 'Filler', id, $1, sha256(id::text::bytea), '{ticket.create}' from made`,
    [idToUuid(stranger)],
  );
  expect(await caller.post('/api-keys', body)).toMatchObject(refusal(422, 'limit_reached'));
  await desk.db.query("update api_keys set revoked_at = now(), revoke_reason = 'manual' where name = 'Filler'");
  expect((await caller.post('/api-keys', body)).status).toBe(201);
});

describe('the ceiling of a key', () => {
  test('a holder until Friday mints nothing beyond Friday', async () => {
    const friday = new Date(Date.now() + 3 * DAY_MS);
    const { caller, member } = await desk.holder(['admin.manage_api_keys']);
    await desk.world.grant(member, ['ticket.view_all']);
    await desk.db.query(
      `update principal_role_assignments set expires_at = $2 where principal_id = $1
        and role_id in (select role_id from role_permissions where permission_key = 'ticket.view_all')`,
      [idToUuid(member.id), friday],
    );
    const body = { name: 'X', scopes: ['ticket.view_all'] };
    expect(await caller.post('/api-keys', { ...body, expiresAt: inDays(4) })).toMatchObject(
      refusal(403, 'exceeds_ceiling'),
    );
    expect(await caller.post('/api-keys', { ...body, expiresAt: inDays(2) })).toMatchObject({ status: 201 });
    const { audit } = await desk.told();
    expect(audit.filter(({ action }) => action === 'access.denied')).toMatchObject([{ reason: 'exceeds_ceiling' }]);
  });

  test('who holds a permission in one team makes a key for that team alone', async () => {
    const { caller, member } = await desk.holder(['admin.manage_api_keys']);
    const { support, billing } = desk.world.teams;
    await desk.world.grant(member, ['ticket.view_all'], { teamId: support });
    const body = { name: 'X', scopes: ['ticket.view_all'] };
    expect(await caller.post('/api-keys', body)).toMatchObject(refusal(403, 'exceeds_ceiling'));
    expect(await caller.post('/api-keys', { ...body, teamIds: [support, billing] })).toMatchObject(
      refusal(403, 'exceeds_ceiling'),
    );
    expect(await caller.post('/api-keys', { ...body, teamIds: [support] })).toMatchObject({ status: 201 });
  });

  test('a key makes only keys within itself, in each of five ways', async () => {
    const parent = await made({
      scopes: ['admin.manage_api_keys', 'ticket.view_team'],
      allowedIps: ['192.0.2.0/24', '198.51.100.1'],
      expiresAt: inDays(20),
    });
    const from = (ip: string): Record<string, string> => ({ 'cf-connecting-ip': ip });
    const within = { name: 'Child', scopes: ['ticket.view_shared'], allowedIps: ['192.0.2.128/25'] };
    const ask = (body: object) => desk.as(parent.token).post('/api-keys', { ...within, ...body }, from('192.0.2.9'));
    const child = await ask({});
    expect(child).toMatchObject({ status: 201, body: { creatorId: desk.world.owner.id } });
    expect(child.body.expiresAt).toBe(parent.expiresAt);
    for (const wider of [
      { scopes: ['ticket.view_all'] },
      { scopes: ['admin.manage_users'] },
      { allowedIps: [] },
      { allowedIps: ['192.0.0.0/16'] },
      { allowedIps: ['192.0.2.0/24', '203.0.113.1'] },
      { expiresAt: inDays(21) },
    ]) {
      expect(await ask(wider), JSON.stringify(wider)).toMatchObject(refusal(403, 'exceeds_ceiling'));
    }
    expect(await ask({ expiresAt: null })).toMatchObject(refusal(403, 'person_required'));
  });

  test('a key that manages keys widens nothing, neither itself nor another, and grants no owner', async () => {
    const own = await made({ scopes: ['admin.manage_api_keys', 'admin.manage_roles', 'team.view'] });
    const caller = desk.as(own.token);
    const other = await made({ scopes: ['ticket.view_assigned'], expiresAt: inDays(5), allowedIps: ['192.0.2.1'] });
    for (const [id, change] of [
      [own.id, { scopes: ['admin.manage_api_keys', 'ticket.view_all'] }],
      [own.id, { expiresAt: inDays(90) }],
      [own.id, { expiresAt: null }],
      [other.id, { scopes: ['ticket.view_all'] }],
      [other.id, { expiresAt: inDays(6) }],
      [other.id, { allowedIps: [] }],
    ] as const) {
      expect(await caller.patch(`/api-keys/${id}`, change), JSON.stringify(change)).toMatchObject(
        refusal(403, 'person_required'),
      );
    }
    const [owner] = await desk.db.query<{ id: string }>(
      "select to_typeid('role', id) as id from roles where key = 'owner'",
    );
    const grantee = await desk.world.member();
    expect(await caller.post(`/members/${grantee.id}/role-assignments`, { roleId: owner?.id })).toMatchObject({
      status: 403,
    });
    expect(await caller.post(`/api-keys/${other.id}/adopt`)).toMatchObject(refusal(403, 'person_required'));
  });

  test('whoever could not make a key cannot read its secret by rotating it', async () => {
    const { caller } = await desk.holder(['admin.manage_api_keys']);
    const strong = await made({ scopes: ['admin.manage_users'] });
    expect(await caller.post(`/api-keys/${strong.id}/rotate`, {})).toMatchObject(refusal(403, 'exceeds_ceiling'));
    expect(await works(strong.token)).toBe(403);
  });
});
