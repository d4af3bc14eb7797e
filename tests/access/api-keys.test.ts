import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { idToUuid } from '#schema/ids.ts';
import { formatApiKey, newSecret } from '#services/access/credential.ts';
import type { Permission } from '#services/access/permissions.ts';
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

describe('changing a key', () => {
  test('narrows it for any manager, from the next request on', async () => {
    const { caller } = await desk.holder(['admin.manage_api_keys']);
    const key = await made({ scopes: ['ticket.view_all', 'org.view'] });
    await desk.told();
    const answer = await caller.patch(`/api-keys/${key.id}`, {
      name: 'Less',
      scopes: ['ticket.view_shared'],
      teamIds: [desk.world.teams.billing],
      expiresAt: inDays(1),
    });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status: 200,
      trips: 2,
      body: { name: 'Less', scopes: ['ticket.view_shared'], version: 2 },
    });
    expect(answer.headers.get('etag')).toBe('"2"');
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([
      { type: 'api_key.updated', payload: { added: ['ticket.view_shared'], removed: ['org.view', 'ticket.view_all'] } },
    ]);
    expect(EVENTS['api_key.updated'].payload.parse(events[0]?.payload)).toBeTruthy();
    expect(audit[0].changes.name).toEqual(['Import', 'Less']);
    const [service] = await desk.db.query('select display_name from principal where id = $1', [
      idToUuid(key.principalId),
    ]);
    expect(service).toEqual({ display_name: 'Less' });
  });

  test('writes nothing when nothing would change, and refuses a version that is not the present one', async () => {
    const key = await made({ scopes: ['org.view', 'ticket.create'] });
    await desk.told();
    const same = await desk.owner.patch(`/api-keys/${key.id}`, { scopes: ['ticket.create', 'org.view'] });
    expect(same).toMatchObject({ status: 200, trips: 1, body: { version: 1 } });
    expect(await desk.owner.patch(`/api-keys/${key.id}`, {})).toMatchObject({ status: 200, trips: 1 });
    expect(await desk.told()).toEqual({ events: [], audit: [] });
    expect(await desk.owner.patch(`/api-keys/${key.id}`, { name: 'Y' }, { 'if-match': '"7"' })).toMatchObject({
      status: 412,
      body: { current: { id: key.id, version: 1 } },
    });
  });

  test('is refused for a key that is dead', async () => {
    const revoked = await made();
    await desk.owner.delete(`/api-keys/${revoked.id}`);
    const expired = await made();
    await desk.db.query("update api_keys set expires_at = now() - interval '1 minute' where id = $1", [
      idToUuid(expired.id),
    ]);
    for (const [id, reason] of [
      [revoked.id, 'key_revoked'],
      [expired.id, 'key_expired'],
    ]) {
      expect(await desk.owner.patch(`/api-keys/${id}`, { name: 'Y' })).toMatchObject(refusal(409, reason));
      expect(await desk.owner.post(`/api-keys/${id}/rotate`, {})).toMatchObject(refusal(409, reason));
      expect(await desk.owner.post(`/api-keys/${id}/adopt`)).toMatchObject(refusal(409, reason));
    }
  });

  test('is for who manages keys: others are told that there is no such key', async () => {
    const key = await made();
    const { caller } = await desk.holder(['ticket.view_all']);
    const absent = await desk.owner.get(`/api-keys/${desk.world.newId('key')}`);
    expect(absent.status).toBe(404);
    for (const answer of [
      await caller.get(`/api-keys/${key.id}`),
      await caller.patch(`/api-keys/${key.id}`, { name: 'Y' }),
      await caller.delete(`/api-keys/${key.id}`),
      await caller.post(`/api-keys/${key.id}/rotate`, {}),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.body.detail).toBe(absent.body.detail);
    }
    expect(await caller.get('/api-keys')).toMatchObject(refusal(403, 'missing_permission'));
    expect(await caller.post('/api-keys', { name: 'X', scopes: ['ticket.view_all'] })).toMatchObject({ status: 403 });
  });
});

describe('ending a key', () => {
  test('revoking it acts on the next request, both secrets, and a second time changes nothing', async () => {
    const key = await made();
    const { body: rotated } = await desk.owner.post(`/api-keys/${key.id}/rotate`, {});
    await desk.told();
    expect(await desk.owner.delete(`/api-keys/${key.id}?reason=leaked`)).toMatchObject({ status: 204 });
    for (const token of [key.token, rotated.token])
      expect(await desk.as(token).get('/tickets')).toMatchObject(refusal(401, 'key_revoked'));
    expect(await desk.owner.delete(`/api-keys/${key.id}`)).toMatchObject({ status: 204 });
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([{ type: 'api_key.revoked', payload: { reason: 'leaked' } }]);
    expect(EVENTS['api_key.revoked'].payload.parse(events[0]?.payload)).toBeTruthy();
    expect(audit).toHaveLength(1);
    expect(await desk.owner.get(`/api-keys/${key.id}`)).toMatchObject({ body: { state: 'revoked', permissions: [] } });
  });

  test('of two at once one is told of', async () => {
    const key = await made();
    await desk.told();
    const ends = await Promise.all([1, 2].map(() => desk.owner.delete(`/api-keys/${key.id}`)));
    expect(ends.map(({ status }) => status)).toEqual([204, 204]);
    expect((await desk.told()).events).toHaveLength(1);
  });
});

describe('rotating a key', () => {
  test('lets both secrets work during the overlap, and the older neither after it nor after another rotation', async () => {
    const key = await made({ expiresAt: inDays(9) });
    await desk.told();
    const second = await desk.owner.post(`/api-keys/${key.id}/rotate`, { overlapSeconds: 60 });
    expect(second, JSON.stringify(second.body)).toMatchObject({
      status: 200,
      trips: 2,
      body: { expiresAt: key.expiresAt },
    });
    expect([await works(key.token), await works(second.body.token)]).toEqual([200, 200]);
    const { events } = await desk.told();
    expect(events).toMatchObject([
      { type: 'api_key.rotated', payload: { overlapUntil: second.body.previousValidUntil } },
    ]);
    const third = await desk.owner.post(`/api-keys/${key.id}/rotate`, {});
    expect([await works(key.token), await works(second.body.token), await works(third.body.token)]).toEqual([
      401, 200, 200,
    ]);
    await desk.db.query("update api_keys set previous_valid_until = now() - interval '1 second' where id = $1", [
      idToUuid(key.id),
    ]);
    expect(await works(second.body.token)).toBe(401);
    const fourth = await desk.owner.post(`/api-keys/${key.id}/rotate`, { overlapSeconds: 0 });
    expect([await works(third.body.token), await works(fourth.body.token)]).toEqual([401, 200]);
  });

  test('two at once leave two valid secrets', async () => {
    const key = await made();
    const answers = await Promise.all([1, 2].map(() => desk.owner.post(`/api-keys/${key.id}/rotate`, {})));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await Promise.all(answers.map(({ body }) => works(body.token)))).toEqual([200, 200]);
    expect(await works(key.token)).toBe(401);
  });

  test('answers a replay without the token, and refuses an overlap of more than a week', async () => {
    const key = await made();
    const headers = { 'idempotency-key': `rotate-${key.id}` };
    const first = await desk.owner.post(`/api-keys/${key.id}/rotate`, {}, headers);
    const again = await desk.owner.post(`/api-keys/${key.id}/rotate`, {}, headers);
    expect(again.body).toEqual({ ...first.body, token: null });
    expect(await works(first.body.token)).toBe(200);
    expect(await desk.owner.post(`/api-keys/${key.id}/rotate`, { overlapSeconds: 604_801 })).toMatchObject(
      refusal(422, 'out_of_range'),
    );
  });

  test('its overlap can be ended at once', async () => {
    const key = await made();
    const { body: rotated } = await desk.owner.post(`/api-keys/${key.id}/rotate`, {});
    expect(await desk.owner.delete(`/api-keys/${key.id}/previous-secret`)).toMatchObject({ status: 204 });
    expect(await desk.owner.delete(`/api-keys/${key.id}/previous-secret`)).toMatchObject({ status: 204 });
    expect([await works(key.token), await works(rotated.token)]).toEqual([401, 200]);
  });

  test('a key renews itself', async () => {
    const key = await made({ scopes: ['admin.manage_api_keys', 'ticket.view_all'] });
    const { body, status } = await desk.as(key.token).post(`/api-keys/${key.id}/rotate`, {});
    expect(status).toBe(200);
    expect(await works(body.token)).toBe(200);
  });
});

describe('the person behind a key', () => {
  const scopes: readonly Permission[] = ['ticket.view_all', 'admin.manage_api_keys'];

  test('suspended, puts it to sleep at once, and back with them it works', async () => {
    const { member, caller } = await desk.holder(scopes);
    const key = await made({ scopes: ['ticket.view_all'] }, caller);
    const state = (value: string) =>
      desk.db.query('update principal set member_state = $2 where id = $1', [idToUuid(member.id), value]);
    await state('suspended');
    expect(await desk.as(key.token).get('/tickets')).toMatchObject(refusal(401, 'creator_inactive'));
    expect(await desk.owner.get(`/api-keys/${key.id}`)).toMatchObject({ body: { state: 'asleep', permissions: [] } });
    await state('active');
    expect(await works(key.token)).toBe(200);
  });

  test('demoted, narrows it on the next statement with no row of it touched', async () => {
    const { member, caller } = await desk.holder(scopes);
    const key = await made({ scopes: ['ticket.view_all'] }, caller);
    expect(await works(key.token)).toBe(200);
    const row = () => desk.db.query('select xmin, scope_keys from api_keys where id = $1', [idToUuid(key.id)]);
    await new Promise((done) => setTimeout(done, 200));
    const before = await row();
    await desk.db.query(
      "update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where principal_id = $1",
      [idToUuid(member.id)],
    );
    expect(await works(key.token)).toBe(403);
    expect(await row()).toEqual(before);
  });
});

describe('the limits of a key', () => {
  test('to teams that are all archived leave it nothing, and an empty limit cannot be stored', async () => {
    const { body: team } = await desk.owner.post('/teams', { slug: 'shortlived', name: 'Short-lived' });
    const key = await made({ scopes: ['ticket.view_all'], teamIds: [team.id] });
    const ticket = await desk.world.ticket({ primaryTeamId: team.id });
    expect((await desk.as(key.token).get(`/tickets/${ticket.id}`)).status).toBe(200);
    await desk.db.query('update teams set archived_at = now() where id = $1', [idToUuid(team.id)]);
    expect((await desk.as(key.token).get(`/tickets/${ticket.id}`)).status).toBe(404);
    expect(await desk.as(key.token).get('/tickets')).toMatchObject({ body: { data: [] } });
    await expect(
      desk.db.query("update api_keys set team_ids = '{}' where id = $1", [idToUuid(key.id)]),
    ).rejects.toThrow(/check/);
  });

  test('keep it out of workspace routes, and its tickets within them', async () => {
    const { support, billing } = desk.world.teams;
    const limited = await desk.world.keyFor(
      ['ticket.view_all', 'ticket.create', 'ticket.edit_fields', 'admin.manage_api_keys', 'admin.manage_settings'],
      { teamIds: [support] },
    );
    const caller = desk.as(limited.token);
    expect(await caller.get('/api-keys')).toMatchObject(refusal(403, 'key_limit'));
    expect(await caller.get('/workspace')).toMatchObject(refusal(403, 'key_limit'));
    const create = (primaryTeamId: string) => caller.post('/tickets', { subject: 'S', body: 'B', primaryTeamId });
    expect(await create(billing)).toMatchObject(refusal(403, 'key_limit'));
    const ticket = await create(support);
    expect(ticket.status).toBe(201);
    expect(await caller.patch(`/tickets/${ticket.body.id}`, { primaryTeamId: billing })).toMatchObject(
      refusal(403, 'key_limit'),
    );
  });

  test('to addresses take an IPv4 in the clothes of IPv6 for what it is', async () => {
    const key = await made({ allowedIps: ['10.0.0.0/8'] });
    const from = async (ip: string) =>
      (
        await desk.worker.fetch('/api/v1/tickets', {
          headers: { authorization: `Bearer ${key.token}`, 'cf-connecting-ip': ip },
        })
      ).json();
    expect(await from('::ffff:11.0.0.1')).toMatchObject({ status: 401, reason: 'ip_denied' });
    expect(await from('11.0.0.1')).toMatchObject({ status: 401, reason: 'ip_denied' });
    expect(await from('2001:db8::1')).toMatchObject({ status: 401, reason: 'ip_denied' });
    for (const ip of ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1']) expect(await from(ip)).toHaveProperty('data');
  });
});

describe('a wrong secret', () => {
  const forged = (keyId: string) => formatApiKey(keyId as never, newSecret());

  test('of a live, dead or sleeping key reads like an unknown key', async () => {
    const dead = await made();
    await desk.owner.delete(`/api-keys/${dead.id}`);
    const live = await made();
    const texts = await Promise.all(
      [live.id, dead.id, desk.world.newId('key')].map(async (id) => {
        const { status, body } = await desk.as(forged(id)).get('/tickets');
        return JSON.stringify({ status, ...body, requestId: '' });
      }),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('"status":401');
    expect(texts[0]).not.toContain('reason');
  });

  test('for a known key leaves one audit row a minute, for an unknown one none', async () => {
    const key = await made();
    await desk.told();
    const minute = new Date().getMinutes();
    await Promise.all([1, 2, 3].map(() => desk.as(forged(key.id)).get('/tickets')));
    await desk.as(forged(desk.world.newId('key'))).get('/tickets');
    const { audit, events } = await desk.told();
    const most = new Date().getMinutes() === minute ? 1 : 2;
    expect(audit.length).toBeLessThanOrEqual(most);
    expect(audit[0]).toMatchObject({
      action: 'access.denied',
      outcome: 'denied',
      reason: 'wrong_secret',
      actor_kind: 'system',
      target_id: idToUuid(key.id),
    });
    expect(events).toEqual([]);
    expect(await works(key.token)).toBe(200);
  });

  test('with a wrong checksum costs no database trip', async () => {
    const key = await made();
    const requests = desk.worker.proxy.stats.requests;
    expect(await works(`${key.token.slice(0, -1)}${key.token.endsWith('a') ? 'b' : 'a'}`)).toBe(401);
    expect(await works(`mk_${'0'.repeat(9000)}`)).toBe(401);
    expect(desk.worker.proxy.stats.requests).toBe(requests);
  });
});

describe('the use of a key', () => {
  const used = async (id: string) =>
    (
      await desk.db.query<{ last_used_at: Date | null; last_ip: string | null }>(
        'select last_used_at, last_ip from api_keys where id = $1',
        [idToUuid(id as never)],
      )
    )[0];

  test('is noted behind a read, at most once in ten minutes', async () => {
    const key = await made();
    const read = await desk.worker.fetch('/api/v1/tickets', {
      headers: { authorization: `Bearer ${key.token}`, 'cf-connecting-ip': '192.0.2.1' },
    });
    expect(read.headers.get('server-timing')).toContain('desc="1"');
    await expect.poll(async () => (await used(key.id))?.last_ip).toBe('192.0.2.1');
    const first = await used(key.id);
    const requests = desk.worker.proxy.stats.requests;
    await works(key.token);
    await new Promise((done) => setTimeout(done, 100));
    expect(await used(key.id)).toEqual(first);
    expect(desk.worker.proxy.stats.requests).toBe(requests + 1);
    await desk.db.query("update api_keys set last_used_at = now() - interval '11 minutes' where id = $1", [
      idToUuid(key.id),
    ]);
    await works(key.token);
    await expect.poll(async () => Number((await used(key.id))?.last_used_at)).toBeGreaterThan(Date.now() - 60_000);
  });

  test('is part of the commit of a change', async () => {
    const key = await made({ scopes: ['ticket.create'] });
    const requests = desk.worker.proxy.stats.requests;
    const answer = await desk.as(key.token).post('/tickets', { subject: 'S', body: 'B' });
    expect(answer).toMatchObject({ status: 201, trips: 2 });
    expect(desk.worker.proxy.stats.requests).toBe(requests + 2);
    expect((await used(key.id))?.last_used_at).not.toBeNull();
  });
});

test('keys are listed the newest first, by state and creator, page by page', async () => {
  const { member, caller } = await desk.holder(['admin.manage_api_keys', 'ticket.create']);
  const keys = [];
  for (let i = 0; i < 3; i += 1) keys.push(await made({ scopes: ['ticket.create'] }, caller));
  await desk.owner.delete(`/api-keys/${keys[1]?.id}`);
  const list = `/api-keys?creatorId=${member.id}&state=active`;
  const first = await desk.owner.get(`${list}&limit=2`);
  expect(first).toMatchObject({ status: 200, trips: 1 });
  expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual([keys[2]?.id, keys[0]?.id]);
  const second = await desk.owner.get(`${list}&limit=2&cursor=${first.body.page.next}`);
  expect(second.body.data).toHaveLength(1);
  expect(second.body.page).toEqual({ next: null, hasMore: false });
  expect((await desk.owner.get(`/api-keys?creatorId=${member.id}&state=revoked`)).body.data).toMatchObject([
    { id: keys[1]?.id, state: 'revoked', revokeReason: 'manual' },
  ]);
  expect(JSON.stringify(first.body)).not.toContain('token');
});
