import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { authIssuerRules, authIssuers } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
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

describe('deleting a role', () => {
  const give = async (role: { id: string }, body: Record<string, unknown> = {}) => {
    const member = await desk.world.member();
    const { body: grant } = await desk.owner.post(`/members/${member.id}/role-assignments`, {
      roleId: role.id,
      ...body,
    });
    return { member, grant };
  };

  test('unused, it goes at once; its key is free and it is 404 from then on', async () => {
    const role = await made(['ticket.view_team'], 'short-lived');
    expect(await desk.owner.delete(`/roles/${role.id}`)).toMatchObject({ status: 204, trips: 2 });
    expect((await desk.owner.get(`/roles/${role.id}`)).status).toBe(404);
    expect((await desk.owner.delete(`/roles/${role.id}`)).status).toBe(404);
    expect((await desk.told()).events.map(({ type }) => type)).toEqual(['role.deleted']);
    await made([], 'short-lived');
  });

  test('held, it is refused with who holds it, unless another takes its place', async () => {
    const role = await made(['ticket.view_team', 'ticket.delete']);
    const heir = await made(['ticket.view_team']);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const { member, grant } = await give(role, {
      scope: { kind: 'team', id: desk.world.teams.support },
      expiresAt: until,
    });
    expect(await desk.owner.delete(`/roles/${role.id}`)).toMatchObject({
      status: 409,
      body: { reason: 'role_in_use', uses: { principalIds: [member.id] } },
    });
    await desk.told();
    expect(await desk.owner.delete(`/roles/${role.id}?reassignTo=${heir.id}`)).toMatchObject({ status: 204, trips: 2 });
    const { body: now } = await desk.owner.get(`/members/${member.id}/role-assignments`);
    expect(now.data).toMatchObject([
      { role: { id: heir.id }, scope: { kind: 'team', id: desk.world.teams.support }, expiresAt: until },
    ]);
    const { body: ended } = await desk.owner.get(`/members/${member.id}/role-assignments?ended=true`);
    expect(ended.data).toMatchObject([{ id: grant.id, revokeReason: 'role_deleted' }]);
    const { events } = await desk.told();
    expect(events.map(({ type }) => type)).toEqual([
      'role.deleted',
      'role_assignment.revoked',
      'role_assignment.created',
    ]);
  });

  test('where a holder has the heir already, no second grant is made', async () => {
    const role = await made(['ticket.view_team']);
    const heir = await made(['ticket.view_team']);
    const { member } = await give(role);
    const twin = await desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: heir.id });
    expect((await desk.owner.delete(`/roles/${role.id}?reassignTo=${heir.id}`)).status).toBe(204);
    const { body } = await desk.owner.get(`/members/${member.id}/role-assignments`);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([twin.body.id]);
  });

  test('with an heir it keeps to ceiling and rank', async () => {
    const role = await made(['ticket.view_team']);
    const strong = await made(['ticket.delete']);
    const weak = await made([]);
    const { member } = await give(role);
    const { caller } = await desk.holder(['admin.manage_roles', 'ticket.view_team']);
    expect(await caller.delete(`/roles/${role.id}?reassignTo=${strong.id}`)).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
    await desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: strong.id });
    expect(await caller.delete(`/roles/${role.id}?reassignTo=${weak.id}`)).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you' },
    });
    const owner = await systemRoleId(desk.db, 'owner');
    expect(await desk.owner.delete(`/roles/${role.id}?reassignTo=${owner}`)).toMatchObject({
      status: 422,
      body: { reason: 'scope_not_allowed' },
    });
    expect(await desk.owner.delete(`/roles/${role.id}?reassignTo=${role.id}`)).toMatchObject({
      status: 422,
      body: { reason: 'unknown_reference' },
    });
  });

  test('with an heir it promises nobody who is invited more than the actor holds, nor for longer', async () => {
    const role = await made(['ticket.view_team']);
    const [strong, same] = [await made(['ticket.delete']), await made(['ticket.view_team'])];
    const email = 'heir@customer.test';
    const { body: invited } = await desk.owner.post('/invitations', { email, roleId: role.id, deliver: 'link' });
    const { caller, member } = await desk.holder(['admin.manage_roles', 'ticket.view_team']);
    const give = (heir: { id: string }) => caller.delete(`/roles/${role.id}?reassignTo=${heir.id}`);
    const beyond = { status: 403, body: { reason: 'exceeds_ceiling' } };
    expect(await give(strong)).toMatchObject(beyond);
    await desk.db.query(
      "update principal_role_assignments set expires_at = now() + interval '9 days' where principal_id = $1",
      [idToUuid(member.id)],
    );
    expect(await give(same)).toMatchObject(beyond);
    await desk.db.query('update invitation set role_days = 1 where id = $1', [idToUuid(invited.id)]);
    expect((await give(same)).status).toBe(204);
    const [row] = await desk.db.query("select to_typeid('role', role_id) as role from invitation where id = $1", [
      idToUuid(invited.id),
    ]);
    expect(row).toEqual({ role: same.id });
  });

  test('asks nothing of an invitation that is over, nor of an issuer that is trusted no more', async () => {
    const role = await made(['ticket.view_team']);
    await desk.owner.post('/invitations', { email: 'late@customer.test', roleId: role.id, deliver: 'link' });
    const issuer = desk.world.newId('iss');
    const address = 'https://gone.example';
    await desk.world.put(
      qb.insert(authIssuers).values({ id: issuer, issuer: address, jwksUrl: address, audiences: ['desk'] }),
    );
    const rule = { id: desk.world.newId('issr'), issuerId: issuer, position: 0, claim: ['groups'], equals: 'night' };
    await desk.world.put(qb.insert(authIssuerRules).values({ ...rule, roleId: role.id }));
    const refused = async () => (await desk.owner.delete(`/roles/${role.id}`)).status;
    expect(await refused()).toBe(409);
    await desk.db.query("update invitation set expires_at = now() where email = 'late@customer.test'");
    expect(await refused()).toBe(409);
    await desk.db.query('update auth_issuers set disabled_at = now() where id = $1', [idToUuid(issuer)]);
    expect(await refused()).toBe(204);
  });

  test('decides again when it is granted between load and commit', async () => {
    const role = await made(['ticket.view_team']);
    const member = await desk.world.member();
    const deleted = await desk.overtaken(
      () => desk.owner.delete(`/roles/${role.id}`),
      () => desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: role.id }),
    );
    expect(deleted).toMatchObject({
      status: 409,
      body: { reason: 'role_in_use', uses: { principalIds: [member.id] } },
    });
    expect((await desk.owner.get(`/roles/${role.id}/holders`)).body.data).toHaveLength(1);
  });

  test('is not granted any more once it went between load and commit', async () => {
    const role = await made(['ticket.view_team']);
    const member = await desk.world.member();
    const granted = await desk.overtaken(
      () => desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: role.id }),
      () => desk.owner.delete(`/roles/${role.id}`),
    );
    expect(granted).toMatchObject({ status: 422, body: { reason: 'unknown_reference' } });
  });
});

describe('a refusal by the rules of giving', () => {
  test('leaves one audit row a minute and nothing else', async () => {
    const { caller } = await desk.holder(['admin.manage_roles']);
    const ask = () => caller.post('/roles', { key: 'too-much', name: 'Too much', permissions: ['ticket.delete'] });
    const first = await ask();
    expect(first).toMatchObject({ status: 403, body: { reason: 'exceeds_ceiling' } });
    await ask();
    const { events, audit } = await desk.told();
    expect(events).toEqual([]);
    expect(audit.length).toBeLessThanOrEqual(2);
    expect(new Set(audit.map((row) => row.dedupe_key)).size).toBe(audit.length);
    expect(audit[0]).toMatchObject({
      action: 'access.denied',
      outcome: 'denied',
      reason: 'exceeds_ceiling',
      actor_kind: 'api_key',
      changes: { operation: 'createRole' },
    });
  });

  test('names its target, and a plain refusal leaves nothing', async () => {
    const collaborator = await systemRoleId(desk.db, 'collaborator');
    await desk.owner.patch(`/roles/${collaborator}`, { name: 'X' });
    const { audit } = await desk.told();
    expect(audit).toMatchObject([{ action: 'access.denied', target_type: 'role', target_id: idToUuid(collaborator) }]);
    await desk.owner.post('/roles', { key: 'x', name: 'X', permissions: ['ticket.fly'] });
    const { caller } = await desk.holder(['ticket.view_team']);
    await caller.get('/teams');
    expect((await desk.told()).audit).toEqual([]);
  });
});
