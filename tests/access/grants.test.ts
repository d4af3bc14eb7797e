import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
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
const makeOwner = (member: Member) =>
  desk.db.query(
    `insert into principal_role_assignments (principal_id, role_id)
      select $1, id from roles where key = 'owner' and deleted_at is null`,
    [idToUuid(member.id)],
  );
const assignmentOf = async (member: Member): Promise<string> =>
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

describe('a grant made while its role changes', () => {
  test('is decided on the new set: it never gives what the granter could not', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { caller } = await desk.holder(['admin.manage_roles', 'team.view', 'ticket.view_team']);
      const roleId = await desk.role(['ticket.view_team']);
      const member = await desk.world.member();
      const [granted, changed] = await Promise.all([
        grant(caller, member, { roleId }),
        desk.owner.patch(`/roles/${roleId}`, { permissions: ['ticket.view_team', 'ticket.delete'] }),
      ]);
      expect(changed.status).toBe(200);
      const [order] = await desk.db.query<{ types: string[] }>(
        `select array_agg(type order by seq) as types from events where entity_id in ($1, $2) and type in ('role.updated', 'role_assignment.created')`,
        [idToUuid(roleId), idToUuid(member.id)],
      );
      if (granted.status === 201) expect(order?.types).toEqual(['role_assignment.created', 'role.updated']);
      else expect(granted).toMatchObject({ status: 403, body: { reason: 'exceeds_ceiling' } });
    }
  });
});

describe('ending a grant', () => {
  test('acts on the next request: lists are empty or refused, resources gone', async () => {
    const ticket = await desk.world.ticket();
    const { caller, member } = await desk.holder(['ticket.view_all', 'team.view']);
    expect((await caller.get(`/tickets/${ticket.id}`)).status).toBe(200);
    const id = await assignmentOf(member);
    await desk.told();
    expect(await desk.owner.delete(`/role-assignments/${id}`)).toMatchObject({ status: 204, trips: 2 });
    expect((await caller.get(`/tickets/${ticket.id}`)).status).toBe(404);
    expect((await caller.get('/tickets')).status).toBe(403);
    expect((await caller.get('/teams')).status).toBe(403);
    expect((await caller.get(`/teams/${desk.world.teams.support}`)).status).toBe(404);
    const { events } = await desk.told();
    expect(events).toMatchObject([
      { type: 'role_assignment.revoked', payload: { assignmentId: id, reason: 'manual' } },
    ]);
    expect(await desk.owner.delete(`/role-assignments/${id}`)).toMatchObject({ status: 204, trips: 1 });
    expect((await desk.told()).events).toEqual([]);
  });

  test('of oneself or of somebody above is refused', async () => {
    const { caller, member } = await desk.holder(['admin.manage_roles', 'team.view']);
    expect(await caller.delete(`/role-assignments/${await assignmentOf(member)}`)).toMatchObject({
      status: 409,
      body: { reason: 'self_change' },
    });
    const { member: above } = await desk.holder(['ticket.delete']);
    expect(await caller.delete(`/role-assignments/${await assignmentOf(above)}`)).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you', pairs: [{ permission: 'ticket.delete' }] },
    });
  });

  test('does not exist for who does not manage roles', async () => {
    const { member } = await desk.holder(['ticket.view_team']);
    const { caller } = await desk.holder(['admin.manage_users', 'team.view']);
    const id = await assignmentOf(member);
    expect((await caller.delete(`/role-assignments/${id}`)).status).toBe(404);
    expect((await caller.get(grantsOf(member))).status).toBe(403);
    expect((await desk.owner.delete(`/role-assignments/${desk.world.newId('rasn')}`)).status).toBe(404);
  });
});

describe('changing when a grant ends', () => {
  test('extends within the ceiling and shortens without one', async () => {
    const roleId = await desk.role(['ticket.view_team']);
    const member = await desk.world.member();
    const { body } = await grant(desk.owner, member, { roleId, expiresAt: inDays(10) });
    const path = `/role-assignments/${body.id}`;
    const { caller, member: admin } = await desk.holder(['admin.manage_roles', 'ticket.view_team']);
    await desk.db.query('update principal_role_assignments set expires_at = $2 where principal_id = $1', [
      idToUuid(admin.id),
      new Date(inDays(20)),
    ]);
    await desk.told();
    expect(await caller.patch(path, { expiresAt: inDays(15) })).toMatchObject({ status: 200, trips: 2 });
    expect((await desk.told()).events).toMatchObject([
      { type: 'role_assignment.updated', payload: { previousExpiresAt: body.expiresAt } },
    ]);
    expect(await caller.patch(path, { expiresAt: inDays(25) })).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
    expect(await caller.patch(path, { expiresAt: null })).toMatchObject({ status: 403 });
    const sooner = inDays(5);
    expect(await caller.patch(path, { expiresAt: sooner })).toMatchObject({ status: 200, body: { expiresAt: sooner } });
    expect(await caller.patch(path, { expiresAt: sooner })).toMatchObject({ status: 200, trips: 1 });
    await desk.owner.delete(path);
    expect(await caller.patch(path, { expiresAt: inDays(6) })).toMatchObject({
      status: 409,
      body: { reason: 'already_ended' },
    });
  });
});

describe('a change on its way', () => {
  test('is not written when its actor loses the permission, is suspended or removed meanwhile', async () => {
    const roleId = await desk.role([]);
    const target = await desk.world.member();
    const strips: ((member: Member) => Promise<unknown>)[] = [
      (member) =>
        desk.db.query(
          `update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where principal_id = $1`,
          [idToUuid(member.id)],
        ),
      (member) => desk.db.query(`update principal set member_state = 'suspended' where id = $1`, [idToUuid(member.id)]),
      (member) =>
        desk.db.query(`update principal set member_state = 'removed', member_ended_at = now() where id = $1`, [
          idToUuid(member.id),
        ]),
    ];
    for (const strip of strips) {
      const { caller, member } = await desk.holder(['admin.manage_roles', 'team.view']);
      const commits = { seen: 0 };
      desk.worker.proxy.setHook(async ({ queries }): Promise<'pass'> => {
        if (!queries[0]?.includes('require_rows')) return 'pass';
        commits.seen += 1;
        if (commits.seen === 1) await strip(member);
        return 'pass';
      });
      const answer = await grant(caller, target, { roleId });
      desk.worker.proxy.setHook(undefined);
      expect([401, 403, 404]).toContain(answer.status);
      expect(commits.seen).toBeGreaterThan(0);
    }
    expect((await desk.owner.get(grantsOf(target))).body.data ?? []).toEqual([]);
    expect((await desk.told()).events).toEqual([]);
  });
});

test('ids of another kind are malformed requests', async () => {
  expect(await desk.owner.delete(`/role-assignments/${desk.world.newId('role') as Id}`)).toMatchObject({
    status: 400,
    body: { reason: 'wrong_id_kind' },
  });
});

describe('the last owner', () => {
  const owners = async (): Promise<number> => {
    const [row] = await desk.db.query<{ n: number }>(
      `select count(*)::int as n from principal_role_assignments a
        join roles r on r.id = a.role_id and r.key = 'owner' join principal p on p.id = a.principal_id
        where a.revoked_at is null and a.expires_at is null and a.scope_kind = 'workspace' and p.member_state = 'active'`,
    );
    return row?.n ?? 0;
  };
  /** Two owners, and nobody else is one. */
  const twoOwners = async () => {
    await desk.db.query(
      `update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual'
        where revoked_at is null and role_id = (select id from roles where key = 'owner' and deleted_at is null)`,
    );
    const people = [await desk.world.member(), await desk.world.member()] as const;
    for (const each of people) await makeOwner(each);
    const [a, b] = people;
    return { a, b, asA: await desk.keyOf(a), asB: await desk.keyOf(b) };
  };

  test('cannot be revoked, shortened, suspended or removed by anybody', async () => {
    const { a, b, asA } = await twoOwners();
    const [id] = (await asA.get(grantsOf(b))).body.data;
    await asA.delete(`/role-assignments/${id.id}`);
    expect(await owners()).toBe(1);
    const supervisor = await desk.holder(['admin.manage_roles', 'admin.manage_users', 'team.view']);
    const [last] = (await asA.get(grantsOf(a))).body.data;
    for (const answer of [
      await supervisor.caller.delete(`/role-assignments/${last.id}`),
      await supervisor.caller.patch(`/role-assignments/${last.id}`, { expiresAt: inDays(9) }),
      await supervisor.caller.post(`/members/${a.id}/suspend`, {}),
      await supervisor.caller.delete(`/members/${a.id}`),
    ])
      expect(answer).toMatchObject({ status: 403, body: { reason: 'outranks_you' } });

    const peer = await desk.holder([...(await allPermissions())]);
    for (const answer of [
      await peer.caller.delete(`/role-assignments/${last.id}`),
      await peer.caller.patch(`/role-assignments/${last.id}`, { expiresAt: inDays(9) }),
      await peer.caller.post(`/members/${a.id}/suspend`, {}),
      await peer.caller.delete(`/members/${a.id}`),
    ])
      expect(answer).toMatchObject({ status: 409, body: { reason: 'last_owner' } });
    expect(await owners()).toBe(1);
  });

  const allPermissions = async () =>
    (await desk.db.query<{ key: string }>('select key from permissions where retired_at is null')).map(
      ({ key }) => key as 'team.view',
    );

  test('two owners who end each other at once leave one', async () => {
    const ways: Record<string, (by: Caller, victim: Member, grantId: string) => Promise<{ status: number }>> = {
      revoke: (by, _victim, id) => by.delete(`/role-assignments/${id}`),
      expire: (by, _victim, id) => by.patch(`/role-assignments/${id}`, { expiresAt: inDays(2) }),
      suspend: (by, victim) => by.post(`/members/${victim.id}/suspend`, {}),
      remove: (by, victim) => by.delete(`/members/${victim.id}`),
    };
    const names = Object.keys(ways);
    for (const [i, first] of names.entries()) {
      const second = names[(i + 1) % names.length] ?? first;
      for (const pair of [
        [first, first],
        [first, second],
      ] as const) {
        const { a, b, asA, asB } = await twoOwners();
        const [ofA, ofB] = await Promise.all([asA.get(grantsOf(a)), asA.get(grantsOf(b))]);
        const answers = await Promise.all([
          ways[pair[0]]?.(asA, b, ofB.body.data[0].id),
          ways[pair[1]]?.(asB, a, ofA.body.data[0].id),
        ]);
        const statuses = answers.map((answer) => answer?.status ?? 0);
        expect(await owners(), `${pair.join(' and ')}: ${statuses}`).toBe(1);
        expect(statuses.filter((status) => status < 300)).toHaveLength(1);
        expect(statuses.filter((status) => ![200, 204, 401, 403, 404, 409].includes(status))).toEqual([]);
      }
    }
  });
});
