import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Caller, openAccessDesk, systemRoleId } from '../support/access-desk.ts';
import type { Member } from '../support/world.ts';

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

const grantsOf = (member: Member): string => `/members/${member.id}/role-assignments`;
const grant = (caller: Caller, member: Member, body: Record<string, unknown>) => caller.post(grantsOf(member), body);
const _makeOwner = (member: Member) =>
  desk.db.query(
    `insert into principal_role_assignments (principal_id, role_id)
      select $1, id from roles where key = 'owner' and deleted_at is null`,
    [idToUuid(member.id)],
  );
const _assignmentOf = async (member: Member): Promise<string> =>
  (await desk.owner.get(grantsOf(member))).body.data[0].id;

describe('granting a role', () => {
  test('acts on the next request, is told once, and costs two round trips', async () => {
    const member = await desk.world.member();
    const caller = await desk.keyOf(member);
    expect((await caller.get('/teams')).status).toBe(403);
    const roleId = await desk.role(['team.view']);
    const answer = await grant(desk.owner, member, { roleId, reason: 'Night shift' });
    expect(answer).toMatchObject({
      status: 201,
      trips: 2,
      body: {
        principalId: member.id,
        scope: { kind: 'workspace' },
        state: 'live',
        source: 'manual',
        reason: 'Night shift',
        expiresAt: null,
        inertPermissions: [],
      },
    });
    expect((await caller.get('/teams')).status).toBe(200);
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([
      {
        type: 'role_assignment.created',
        entity_id: idToUuid(member.id),
        payload: { assignmentId: answer.body.id, roleId, scope: { kind: 'workspace' } },
      },
    ]);
    expect(audit).toMatchObject([{ action: 'role_assignment.created', target_id: idToUuid(member.id) }]);
    expect((await desk.owner.get(grantsOf(member))).body.data).toEqual([answer.body]);
  });

  test('for a team shows nothing of another and opens no workspace route', async () => {
    const { support, billing } = desk.world.teams;
    const ours = await desk.world.ticket({ primaryTeamId: support });
    const theirs = await desk.world.ticket({ primaryTeamId: billing });
    const member = await desk.world.member();
    const caller = await desk.keyOf(member);
    const roleId = await desk.role(['ticket.view_all', 'admin.manage_roles', 'org.view']);
    const { body } = await grant(desk.owner, member, { roleId, scope: { kind: 'team', id: support } });
    expect(body.inertPermissions).toEqual(['admin.manage_roles', 'org.view']);
    expect((await caller.get(`/tickets/${ours.id}`)).status).toBe(200);
    expect((await caller.get(`/tickets/${theirs.id}`)).status).toBe(404);
    const listed = (await caller.get('/tickets?limit=200')).body.data.map(({ id }: { id: string }) => id);
    expect(listed).toContain(ours.id);
    expect(listed).not.toContain(theirs.id);
    expect((await caller.get('/roles')).status).toBe(403);
    expect((await caller.get('/members')).status).toBe(403);
  });

  test('keeps to what the actor holds, there and as long', async () => {
    const { support, billing } = desk.world.teams;
    const { caller, member: giver } = await desk.holder(['admin.manage_roles', 'team.view']);
    await desk.world.grant(giver, ['ticket.view_all'], { teamId: support });
    const roleId = await desk.role(['ticket.view_all']);
    const member = await desk.world.member();
    const beyond = { status: 403, body: { reason: 'exceeds_ceiling' } };
    expect(await grant(caller, member, { roleId })).toMatchObject(beyond);
    expect(await grant(caller, member, { roleId, scope: { kind: 'team', id: billing } })).toMatchObject(beyond);
    expect((await grant(caller, member, { roleId, scope: { kind: 'team', id: support } })).status).toBe(201);

    const until = new Date(Date.now() + 2 * DAY_MS);
    await desk.db.query('update principal_role_assignments set expires_at = $2 where principal_id = $1', [
      idToUuid(giver.id),
      until,
    ]);
    const other = await desk.world.member();
    const scope = { kind: 'team', id: support };
    expect(await grant(caller, other, { roleId, scope })).toMatchObject(beyond);
    expect(await grant(caller, other, { roleId, scope, expiresAt: inDays(3) })).toMatchObject(beyond);
    expect((await grant(caller, other, { roleId, scope, expiresAt: inDays(1) })).status).toBe(201);
  });

  test('what membership of an inbox brings along is nobody’s to give', async () => {
    const { help } = desk.world.inboxes;
    const { caller, member: giver } = await desk.holder(['admin.manage_roles', 'team.view']);
    await desk.db.query(`insert into inbox_memberships (inbox_id, principal_id, role) values ($1, $2, 'owner')`, [
      idToUuid(help),
      idToUuid(giver.id),
    ]);
    const roleId = await desk.role(['inbox.manage']);
    const member = await desk.world.member();
    expect(await grant(caller, member, { roleId, scope: { kind: 'inbox', id: help } })).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
  });

  test('to oneself is refused, through a key as well', async () => {
    const member = await desk.world.member({ role: 'owner' });
    const caller = await desk.keyOf(member);
    expect(await grant(caller, member, { roleId: await desk.role([]) })).toMatchObject({
      status: 409,
      body: { reason: 'self_change' },
    });
  });

  test('of owner needs an owner in person', async () => {
    const roleId = await systemRoleId(desk.db, 'owner');
    const member = await desk.world.member();
    expect(await grant(desk.owner, member, { roleId })).toMatchObject({
      status: 403,
      body: { reason: 'person_required' },
    });
  });

  test('is for members only, at places that exist and are live, and not twice', async () => {
    const roleId = await desk.role(['ticket.view_team']);
    const member = await desk.world.member();
    const key = await desk.world.keyFor(['ticket.view_team']);
    const refused = (reason: string) => ({ status: 422, body: { reason } });
    expect(await desk.owner.post(`/members/${key.principalId}/role-assignments`, { roleId })).toMatchObject(
      refused('target_not_member'),
    );
    const gone = await desk.world.member();
    await desk.owner.delete(`/members/${gone.id}`);
    expect(await grant(desk.owner, gone, { roleId })).toMatchObject(refused('target_not_member'));
    expect((await desk.owner.post(`/members/${desk.world.newId('prin')}/role-assignments`, { roleId })).status).toBe(
      404,
    );
    expect(await grant(desk.owner, member, { roleId: desk.world.newId('role') })).toMatchObject(
      refused('unknown_reference'),
    );
    const [team] = await desk.db.query<{ id: string }>(
      `insert into teams (slug, name, archived_at) values ('old-team', 'Old', now()) returning to_typeid('team', id) as id`,
    );
    expect(await grant(desk.owner, member, { roleId, scope: { kind: 'team', id: team?.id } })).toMatchObject(
      refused('scope_archived'),
    );
    expect(
      await grant(desk.owner, member, { roleId, scope: { kind: 'team', id: desk.world.newId('team') } }),
    ).toMatchObject(refused('unknown_reference'));
    expect(
      await grant(desk.owner, member, { roleId, scope: { kind: 'team', id: desk.world.newId('inbox') } }),
    ).toMatchObject({
      status: 400,
    });
    for (const expiresAt of [new Date(Date.now() + 60_000).toISOString(), inDays(367)])
      expect(await grant(desk.owner, member, { roleId, expiresAt })).toMatchObject(refused('out_of_range'));
    const first = await grant(desk.owner, member, { roleId });
    expect(await grant(desk.owner, member, { roleId })).toMatchObject({
      status: 409,
      body: { reason: 'already_assigned', existingId: first.body.id },
    });
    expect(
      (await grant(desk.owner, member, { roleId, scope: { kind: 'inbox', id: desk.world.inboxes.help } })).status,
    ).toBe(201);
  });

  test('an expired grant gives nothing, blocks no new one, and is told as ended once', async () => {
    const roleId = await desk.role(['team.view']);
    const member = await desk.world.member();
    const caller = await desk.keyOf(member);
    const old = await grant(desk.owner, member, { roleId, expiresAt: inDays(1) });
    await desk.db.query(
      `update principal_role_assignments set created_at = now() - interval '2 days', expires_at = now() - interval '1 minute' where id = $1`,
      [idToUuid(old.body.id)],
    );
    expect((await caller.get('/teams')).status).toBe(403);
    await desk.told();
    const next = await grant(desk.owner, member, { roleId });
    expect(next.status).toBe(201);
    expect((await caller.get('/teams')).status).toBe(200);
    expect((await desk.told()).events.map(({ type, payload }) => [type, payload.assignmentId, payload.reason])).toEqual(
      [
        ['role_assignment.revoked', old.body.id, 'expired'],
        ['role_assignment.created', next.body.id, undefined],
      ],
    );
    const { body } = await desk.owner.get(`${grantsOf(member)}?ended=true`);
    expect(body.data).toMatchObject([{ id: old.body.id, state: 'revoked', revokeReason: 'expired' }]);
  });

  test('ends at fifty live grants', async () => {
    const member = await desk.world.member();
    await desk.db.query(
      `with made as (insert into roles (key, name) select 'fifty-' || n, 'Fifty' from generate_series(1, 50) n returning id)
        insert into principal_role_assignments (principal_id, role_id) select $1, id from made`,
      [idToUuid(member.id)],
    );
    const roleId = await desk.role([]);
    expect(await grant(desk.owner, member, { roleId })).toMatchObject({
      status: 422,
      body: { reason: 'limit_reached' },
    });
  });
});

test('a grant made while its role gains a permission is decided again on the new set', async () => {
  const { caller } = await desk.holder(['admin.manage_roles', 'team.view', 'ticket.view_team']);
  const roleId = await desk.role(['ticket.view_team']);
  const member = await desk.world.member();
  const granted = await desk.overtaken(
    () => grant(caller, member, { roleId }),
    () => desk.owner.patch(`/roles/${roleId}`, { permissions: ['ticket.view_team', 'ticket.delete'] }),
  );
  expect(granted).toMatchObject({ status: 403, body: { reason: 'exceeds_ceiling' } });
});

test('a grant for a team that is archived meanwhile is refused', async () => {
  const team = (await desk.owner.post('/teams', { slug: 'short-lived', name: 'Short-lived' })).body;
  const member = await desk.world.member();
  const roleId = await desk.role(['ticket.view_team']);
  const granted = await desk.overtaken(
    () => grant(desk.owner, member, { roleId, scope: { kind: 'team', id: team.id } }),
    () => desk.owner.delete(`/teams/${team.id}`),
  );
  expect(granted).toMatchObject({ status: 422, body: { reason: 'scope_archived' } });
});
