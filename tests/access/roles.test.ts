import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { type AccessDesk, openAccessDesk, systemRoleId } from '../support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const made = async (permissions: string[], key = `role-${Math.random().toString(36).slice(2, 10)}`) => {
  const { body, status } = await desk.owner.post('/roles', { key, name: 'Night shift', permissions });
  expect(status).toBe(201);
  await desk.told();
  return body;
};

describe('making a role', () => {
  test('stores it with its permissions, tells of it once, and costs two round trips', async () => {
    const answer = await desk.owner.post('/roles', {
      key: 'triage',
      name: 'Triage',
      description: 'Sorts what comes in.',
      permissions: ['ticket.view_team', 'ticket.assign_any', 'ticket.view_team'],
    });
    expect(answer).toMatchObject({ status: 201, trips: 2 });
    expect(answer.body).toMatchObject({
      key: 'triage',
      isSystem: false,
      permissions: ['ticket.assign_any', 'ticket.view_team'],
      version: 1,
    });
    expect((await desk.owner.get(`/roles/${answer.body.id}`)).body).toEqual(answer.body);
    const { events, audit } = await desk.told();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'role.created',
      entity_seq: '1',
      payload: { roleId: answer.body.id, permissions: ['ticket.assign_any', 'ticket.view_team'] },
    });
    expect(audit).toHaveLength(1);
    expect(audit[0]).toMatchObject({ action: 'role.created', outcome: 'allowed', target_type: 'role' });
    expect(audit[0].granted_via).toHaveLength(1);
  });

  test('is refused for a taken key, an unknown permission and an unknown field', async () => {
    await made([], 'taken');
    expect(await desk.owner.post('/roles', { key: 'taken', name: 'Again' })).toMatchObject({
      status: 409,
      body: { reason: 'name_taken' },
    });
    expect(await desk.owner.post('/roles', { key: 'x', name: 'X', permissions: ['ticket.fly'] })).toMatchObject({
      status: 422,
      body: { reason: 'unknown_permission' },
    });
    expect(await desk.owner.post('/roles', { key: 'x', name: 'X', isSystem: true })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'unknown_field' }] },
    });
  });

  test('gives nobody more than they hold at the workspace and for ever', async () => {
    const { member, caller } = await desk.holder(['admin.manage_roles', 'ticket.view_team']);
    await desk.world.grant(member, ['ticket.delete'], { teamId: desk.world.teams.support });
    const body = (permissions: string[]) => ({
      key: `k${Math.random().toString(36).slice(2)}`,
      name: 'K',
      permissions,
    });
    expect((await caller.post('/roles', body(['ticket.view_shared']))).status).toBe(201);
    expect(await caller.post('/roles', body(['ticket.delete']))).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling', pairs: [{ permission: 'ticket.delete', scope: 'workspace' }] },
    });

    await desk.db.query(
      `update principal_role_assignments set expires_at = now() + interval '2 days' where principal_id = $1`,
      [idToUuid(member.id)],
    );
    expect(await caller.post('/roles', body(['ticket.view_team']))).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
  });

  test('needs the permission at the workspace: held for a team it is inert', async () => {
    const { caller } = await desk.holder(['admin.manage_roles'], { teamId: desk.world.teams.support });
    expect(await caller.get('/roles')).toMatchObject({ status: 403, body: { reason: 'missing_permission' } });
    expect((await caller.post('/roles', { key: 'inert', name: 'Inert' })).status).toBe(403);
  });

  test('ends at a hundred roles of the workspace’s own', async () => {
    const [row] = await desk.db.query<{ n: number }>(
      'select count(*)::int as n from roles where not is_system and deleted_at is null',
    );
    const filler = 100 - (row?.n ?? 0);
    await desk.db.query(
      `insert into roles (key, name) select 'filler-' || n, 'Filler' from generate_series(1, $1::int) n`,
      [filler],
    );
    expect(await desk.owner.post('/roles', { key: 'one-more', name: 'One more' })).toMatchObject({
      status: 422,
      body: { reason: 'limit_reached' },
    });
    await desk.db.query(`delete from roles where key like 'filler-%'`);
  });
});

describe('reading roles', () => {
  test('lists system roles first, page by page', async () => {
    await made([], 'aaa');
    const first = await desk.owner.get('/roles?limit=4');
    expect(first.body.data.map((role: { key: string }) => role.key)).toEqual([
      'agent',
      'collaborator',
      'customer',
      'owner',
    ]);
    const second = await desk.owner.get(`/roles?limit=4&cursor=${first.body.page.next}`);
    expect(second.body.data.slice(0, 2).map((role: { key: string }) => role.key)).toEqual(['supervisor', 'aaa']);
    expect(first.trips).toBe(1);
  });

  test('a role does not exist for those who do not manage roles', async () => {
    const { caller } = await desk.holder(PERMISSION_KEYS.filter((key) => key !== 'admin.manage_roles'));
    expect((await caller.get('/roles')).status).toBe(403);
    expect((await caller.get(`/roles/${await systemRoleId(desk.db, 'agent')}`)).status).toBe(404);
  });

  test('holders are the live grants of the role', async () => {
    const role = await made(['ticket.view_team']);
    const member = await desk.world.member();
    const grant = await desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: role.id });
    const { body } = await desk.owner.get(`/roles/${role.id}/holders`);
    expect(body.data).toEqual([grant.body]);
  });
});

describe('changing a role', () => {
  test('replaces the set, and the holder’s next request sees it', async () => {
    const role = await made(['ticket.view_team']);
    const member = await desk.world.member();
    await desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: role.id });
    const caller = await desk.keyOf(member);
    expect((await caller.get('/teams')).status).toBe(403);
    await desk.told();
    const answer = await desk.owner.put(
      `/roles/${role.id}/permissions`,
      { permissions: ['team.view'] },
      { 'if-match': '"1"' },
    );
    expect(answer).toMatchObject({ status: 200, trips: 2, body: { permissions: ['team.view'], version: 2 } });
    expect((await caller.get('/teams')).status).toBe(200);
    expect((await caller.get('/tickets')).status).toBe(403);
    const { events, audit } = await desk.told();
    expect(events.map(({ type, payload }) => [type, payload.added, payload.removed])).toEqual([
      ['role.updated', ['team.view'], ['ticket.view_team']],
    ]);
    expect(audit[0].changes).toEqual({ permissions: { added: ['team.view'], removed: ['ticket.view_team'] } });
  });

  test('asks for the version: none is 400, a stale one 412 with the role as it is', async () => {
    const role = await made(['ticket.view_team']);
    const path = `/roles/${role.id}/permissions`;
    expect(await desk.owner.put(path, { permissions: [] })).toMatchObject({
      status: 400,
      body: { reason: 'version_required' },
    });
    await desk.owner.patch(`/roles/${role.id}`, { name: 'Renamed' });
    expect(await desk.owner.put(path, { permissions: [] }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { current: { name: 'Renamed', version: 2 } },
    });
  });

  test('what is so already writes nothing and costs one round trip', async () => {
    const role = await made(['ticket.view_team']);
    expect(await desk.owner.patch(`/roles/${role.id}`, {})).toMatchObject({ status: 200, trips: 1 });
    const same = { name: 'Night shift', permissions: ['ticket.view_team'] };
    expect(await desk.owner.patch(`/roles/${role.id}`, same)).toMatchObject({ status: 200, body: { version: 1 } });
    expect((await desk.told()).events).toEqual([]);
  });

  test('needs the ceiling for what is added, and none for what is removed', async () => {
    const role = await made(['ticket.delete', 'ticket.view_team']);
    const { caller, member } = await desk.holder(['admin.manage_roles', 'ticket.view_team', 'ticket.merge']);
    const until = await desk.world.role(['org.view']);
    await desk.db.query(
      `insert into principal_role_assignments (principal_id, role_id, expires_at) values ($1, $2, now() + interval '3 days')`,
      [idToUuid(member.id), idToUuid(until)],
    );
    expect(
      await caller.patch(`/roles/${role.id}`, { permissions: ['ticket.delete', 'ticket.view_team', 'org.view'] }),
    ).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling', pairs: [{ permission: 'org.view', until: null }] },
    });
    expect(await caller.patch(`/roles/${role.id}`, { permissions: ['ticket.view_all'] })).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
    expect(await caller.patch(`/roles/${role.id}`, { permissions: ['ticket.view_team'] })).toMatchObject({
      status: 200,
      body: { permissions: ['ticket.view_team'] },
    });
  });

  test('of one’s own or of the product is refused, also through a key of the holder', async () => {
    const role = await made(['admin.manage_roles', 'ticket.view_team']);
    const member = await desk.world.member();
    await desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: role.id });
    const caller = await desk.keyOf(member);
    expect(await caller.patch(`/roles/${role.id}`, { name: 'Mine' })).toMatchObject({
      status: 409,
      body: { reason: 'own_role' },
    });
    const heir = await made([]);
    for (const path of [`/roles/${role.id}`, `/roles/${role.id}?reassignTo=${heir.id}`])
      expect(await caller.delete(path)).toMatchObject({ status: 409, body: { reason: 'own_role' } });
    const agent = await systemRoleId(desk.db, 'agent');
    expect(await desk.owner.patch(`/roles/${agent}`, { name: 'Mine' })).toMatchObject({
      status: 409,
      body: { reason: 'system_role' },
    });
    expect(await desk.owner.delete(`/roles/${agent}`)).toMatchObject({ status: 409, body: { reason: 'system_role' } });
  });
});
