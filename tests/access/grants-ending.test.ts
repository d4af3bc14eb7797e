import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '../support/access-desk.ts';
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
    const grant = await assignmentOf(above);
    await desk.told();
    const beyond = { status: 403, body: { reason: 'outranks_you', pairs: [{ permission: 'ticket.delete' }] } };
    expect(await caller.delete(`/role-assignments/${grant}`)).toMatchObject(beyond);
    expect(await caller.patch(`/role-assignments/${grant}`, { expiresAt: inDays(1) })).toMatchObject(beyond);
    expect((await desk.told()).audit).toMatchObject(
      ['revokeGrant', 'changeGrantExpiry'].map((operation) => ({
        action: 'access.denied',
        target_id: idToUuid(grant as Id),
        changes: { operation },
      })),
    );
  });

  test('that time has ended already is no change: it stays as it ended', async () => {
    const { member } = await desk.holder(['ticket.delete']);
    const grant = await assignmentOf(member);
    await desk.db.query('update principal_role_assignments set created_at = $2, expires_at = now() where id = $1', [
      idToUuid(grant as Id),
      inDays(-1),
    ]);
    await desk.told();
    expect(await desk.owner.delete(`/role-assignments/${grant}`)).toMatchObject({ status: 204, trips: 1 });
    expect(await desk.told()).toEqual({ events: [], audit: [] });
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

test('a grant that is extended while its role gains a permission is decided again on the new set', async () => {
  const roleId = await desk.role(['ticket.view_team']);
  const member = await desk.world.member();
  const { body } = await grant(desk.owner, member, { roleId, expiresAt: inDays(2) });
  const { caller } = await desk.holder(['admin.manage_roles', 'ticket.view_team', 'team.view']);
  const widen = () => desk.owner.patch(`/roles/${roleId}`, { permissions: ['ticket.view_team', 'ticket.delete'] });
  const path = `/role-assignments/${body.id}`;
  const sooner = await desk.overtaken(() => caller.patch(path, { expiresAt: inDays(9) }), widen);
  expect(sooner.body.reason).toMatch(/exceeds_ceiling|outranks_you/);
  expect((await desk.owner.get(grantsOf(member))).body.data[0].expiresAt).toBe(body.expiresAt);
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
      const answer = await desk.overtaken(
        () => grant(caller, target, { roleId }),
        () => strip(member),
      );
      expect([401, 403, 404]).toContain(answer.status);
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

  /** Every way in which somebody stops being an owner for good. */
  const ways: Record<string, (by: Caller, victim: Member, grantId: string) => Promise<{ status: number }>> = {
    revoke: (by, _victim, id) => by.delete(`/role-assignments/${id}`),
    expire: (by, _victim, id) => by.patch(`/role-assignments/${id}`, { expiresAt: inDays(2) }),
    suspend: (by, victim) => by.post(`/members/${victim.id}/suspend`, {}),
    remove: (by, victim) => by.delete(`/members/${victim.id}`),
  };
  const pairs = Object.entries(ways).flatMap((first) => Object.entries(ways).map((second) => [first, second] as const));

  /** Two of a kind side by side; else one runs whole between load and commit of the other. */
  async function endBoth(
    [[one, endB], [other, endA]]: (typeof pairs)[number],
    { a, b, asA }: Awaited<ReturnType<typeof twoOwners>>,
    [first, second]: readonly [Caller, Caller],
  ): Promise<number[]> {
    const [ofA, ofB] = await Promise.all([asA.get(grantsOf(a)), asA.get(grantsOf(b))]);
    const ends = [() => endB(first, b, ofB.body.data[0].id), () => endA(second, a, ofA.body.data[0].id)] as const;
    const within: { status: number }[] = [];
    const answers =
      one === other
        ? await Promise.all(ends.map((end) => end()))
        : [await desk.overtaken(ends[0], async () => within.push(await ends[1]())), ...within];
    const statuses = answers.map(({ status }) => status);
    expect(await owners(), `${one} and ${other}: ${statuses}`).toBe(1);
    return statuses.toSorted();
  }

  test('two owners who end each other at once leave one', async () => {
    for (const pair of pairs) {
      const two = await twoOwners();
      const [won, lost] = await endBoth(pair, two, [two.asA, two.asB]);
      expect(won).toBeLessThan(300);
      expect([401, 403, 404, 409]).toContain(lost);
    }
  });

  test('two peers who end one owner each at once leave the other', async () => {
    const all = await allPermissions();
    const peers = [(await desk.holder(all)).caller, (await desk.holder(all)).caller] as const;
    for (const pair of pairs) {
      const [won, lost] = await endBoth(pair, await twoOwners(), peers);
      expect([won, lost]).toEqual([expect.toSatisfy((status) => status < 300), 409]);
    }
  });
});
