import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';
import { LADEN, ladenMember } from '../support/laden-member.ts';
import { settledMember } from '../support/settled-member.ts';
import type { Member } from '../support/world.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const uuid = (thing: { id: Id }): string => idToUuid(thing.id);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

/** How many statements each commit has that comes until the hook is taken away. */
function countCommits(): number[] {
  const commits: number[] = [];
  desk.worker.proxy.setHook(({ queries }) => {
    if (queries[0]?.includes('require_rows')) commits.push(queries.length);
    return 'pass';
  });
  return commits;
}

async function holdings(member: Member) {
  const count = async (text: string): Promise<number> =>
    (await desk.db.query<{ n: number }>(`select count(*)::int as n from ${text}`, [uuid(member)]))[0]?.n ?? -1;
  return {
    state: (
      await desk.db.query<{ state: string }>(`select member_state as state from principal where id = $1`, [
        uuid(member),
      ])
    )[0]?.state,
    grants: await count(`principal_role_assignments where principal_id = $1 and revoked_at is null`),
    teams: await count(`team_memberships where principal_id = $1`),
    inboxes: await count(`inbox_memberships where principal_id = $1`),
    keys: await count(`api_keys where creator_principal_id = $1 and revoked_at is null`),
    invitations: await count(`invitation where invited_by_principal_id = $1 and state = 'pending'`),
    invited: await count(
      `invitation where state = 'pending' and email = (select email from "user" u join principal p on p.user_id = u.id where p.id = $1)`,
    ),
    tokens: await count(`principal where id = $1 and tokens_valid_after is null`),
    subscriptions: await count(`ticket_subscriptions where principal_id = $1`),
    jobs: await count(`bulk_jobs where params ->> 'principalId' = public.to_typeid('prin', $1)`),
  };
}

const EVERYTHING = {
  state: 'active',
  grants: 1,
  teams: 1,
  inboxes: 1,
  keys: 1,
  invitations: 1,
  invited: 1,
  tokens: 1,
  subscriptions: 1,
  jobs: 0,
};
const NOTHING = {
  state: 'removed',
  grants: 0,
  teams: 0,
  inboxes: 0,
  keys: 0,
  invitations: 0,
  invited: 0,
  tokens: 0,
  subscriptions: 0,
  jobs: 1,
};

describe('removing a member', () => {
  test('takes everything in one commit of at most twenty statements, and tells of each thing', async () => {
    const { member, caller } = await settledMember(desk);
    expect(await holdings(member)).toEqual(EVERYTHING);
    await desk.told();
    const commits = countCommits();
    const answer = await desk.owner.delete(`/members/${member.id}`);
    desk.worker.proxy.setHook(undefined);
    expect(answer).toMatchObject({ status: 200, trips: 2 });
    expect(commits).toHaveLength(1);
    expect(commits[0]).toBeLessThanOrEqual(20);
    expect(answer.body.lost).toMatchObject({
      teamIds: [desk.world.teams.support],
      inboxIds: [desk.world.inboxes.help],
      transferredKeyIds: [],
    });
    expect(answer.body.lost.revokedKeyIds).toHaveLength(1);
    expect(await holdings(member)).toEqual(NOTHING);
    expect(await caller.get('/teams')).toMatchObject({ status: 401, body: { reason: 'key_revoked' } });
    const { events, audit } = await desk.told();
    expect(types(events).sort()).toEqual([
      'api_key.revoked',
      'inbox_membership.removed',
      'invitation.revoked',
      'invitation.revoked',
      'member.removed',
      'role_assignment.revoked',
      'team_membership.removed',
    ]);
    expect(audit).toHaveLength(1);
    expect(audit[0].changes).toMatchObject({ state: ['active', 'removed'], jobId: [null, answer.body.jobId] });
    expect((await desk.owner.get(`/members/${member.id}`)).body).toMatchObject({ state: 'removed', grants: [] });
  });

  test.each(['end', 'heir'] as const)(
    'who has as much as one may have is one commit of at most twenty statements too, their keys to their %s',
    async (to) => {
      const member = await ladenMember(desk);
      const heir = await desk.world.member({ role: 'owner' });
      expect(await holdings(member)).toMatchObject({ state: 'active', ...LADEN });
      await desk.told();
      const commits = countCommits();
      const answer = await desk.owner.delete(
        `/members/${member.id}${to === 'heir' ? `?transferKeysTo=${heir.id}` : ''}`,
      );
      desk.worker.proxy.setHook(undefined);
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, trips: 2 });
      expect(commits).toEqual([expect.toSatisfy((statements: number) => statements <= 20)]);
      expect(await holdings(member)).toMatchObject({ ...NOTHING, subscriptions: 0 });
      expect((await holdings(heir)).keys).toBe(to === 'heir' ? LADEN.keys : 0);

      const { events, audit } = await desk.told();
      expect(
        Object.fromEntries([...Map.groupBy(types(events), (type) => type)].map(([type, all]) => [type, all.length])),
      ).toEqual({
        'member.removed': 1,
        'role_assignment.revoked': LADEN.grants,
        'team_membership.removed': LADEN.teams,
        'inbox_membership.removed': LADEN.inboxes,
        [to === 'heir' ? 'api_key.updated' : 'api_key.revoked']: LADEN.keys,
      });
      // Each thing is told of once, and those of the member are numbered without a hole.
      const told = (field: string) =>
        new Set(events.map(({ payload }) => payload[field]).filter((id) => id !== undefined));
      const { lost } = answer.body;
      expect(told('assignmentId')).toEqual(new Set(lost.roleAssignmentIds));
      expect(told('inboxId')).toEqual(new Set(lost.inboxIds));
      expect(told('keyId')).toEqual(new Set([...lost.revokedKeyIds, ...lost.transferredKeyIds]));
      const own = events
        .filter(({ entity_id }) => entity_id === uuid(member))
        .map(({ entity_seq }) => Number(entity_seq));
      expect(own).toEqual(Array.from({ length: 1 + LADEN.grants + LADEN.teams }, (_, n) => n + 1));
      expect(audit).toHaveLength(1);
      expect(audit[0].changes).toMatchObject(lost);
    },
  );

  test('a second time changes nothing', async () => {
    const { member } = await settledMember(desk);
    await desk.owner.delete(`/members/${member.id}`);
    await desk.told();
    expect(await desk.owner.delete(`/members/${member.id}`)).toMatchObject({
      status: 200,
      trips: 1,
      body: { jobId: null },
    });
    expect((await desk.told()).events).toEqual([]);
    expect(await desk.owner.post(`/members/${member.id}/reinstate`, {})).toMatchObject({
      status: 422,
      body: { reason: 'target_not_member' },
    });
  });

  test('with a fault in any statement leaves all of it untouched', async () => {
    const { member } = await settledMember(desk);
    await desk.db.query(
      `create function break_it() returns trigger language plpgsql as $$ begin raise exception 'broken' using errcode = 'XX000'; end $$`,
    );
    const faults = [
      ['principal', 'update'],
      ['api_keys', 'update'],
      ['invitation', 'update'],
      ['inboxes', 'update'],
      ['principal_role_assignments', 'update'],
      ['team_memberships', 'delete'],
      ['inbox_memberships', 'delete'],
      ['ticket_subscriptions', 'delete'],
      ['bulk_jobs', 'insert'],
      ['audit_events', 'insert'],
      ['events', 'insert'],
    ] as const;
    for (const [table, act] of faults) {
      await desk.db.query(`create trigger broken before ${act} on ${table} for each row execute function break_it()`);
      const answer = await desk.owner.delete(`/members/${member.id}`);
      await desk.db.query(`drop trigger broken on ${table}`);
      expect(answer.status, table).toBe(500);
      expect(await holdings(member), table).toEqual(EVERYTHING);
    }
    expect(types((await desk.told()).events)).toEqual([]);
    await desk.db.query('drop function break_it()');
    expect((await desk.owner.delete(`/members/${member.id}`)).status).toBe(200);
    expect(await holdings(member)).toEqual(NOTHING);
  });

  test('can hand the keys on, where who does it and who gets them both cover each of them', async () => {
    const { member, caller } = await settledMember(desk);
    const weak = await desk.world.member();
    const path = `/members/${member.id}?transferKeysTo=`;
    expect(await desk.owner.delete(`${path}${weak.id}`)).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
    for (const nobody of [member.id, desk.world.newId('prin')])
      expect(await desk.owner.delete(`${path}${nobody}`)).toMatchObject({
        status: 422,
        body: { reason: 'target_not_member', errors: [{ pointer: '/transferKeysTo' }] },
      });
    const { caller: clerk } = await desk.holder([
      'admin.manage_users',
      'team.view',
      'ticket.view_all',
      'ticket.assign_any',
      'ticket.edit_fields',
    ]);
    expect(await clerk.delete(`${path}${desk.world.owner.id}`)).toMatchObject({
      status: 403,
      body: { reason: 'exceeds_ceiling' },
    });
    await desk.told();
    const answer = await desk.owner.delete(`${path}${desk.world.owner.id}`);
    expect(answer.body.lost.transferredKeyIds).toHaveLength(1);
    expect((await caller.get('/roles')).status).toBe(200);
    const { events } = await desk.told();
    expect(types(events)).toContain('api_key.updated');
    expect(types(events)).not.toContain('api_key.revoked');
  });

  test('can hand on an endpoint, where who does it holds all that it may be told of under its new owner', async () => {
    const member = await desk.world.member();
    const hook = { name: 'Sync', url: 'https://hooks.example.com/in', types: ['ticket.created'] };
    expect((await desk.owner.post('/webhooks', hook)).status).toBe(201);
    await desk.db.query('update webhooks set owner_principal_id = $1', [uuid(member)]);
    const path = `/members/${member.id}?transferKeysTo=${desk.world.owner.id}`;
    const held = [
      'admin.manage_users',
      'team.view',
      'ticket.view_all',
      'ticket.assign_any',
      'ticket.edit_fields',
    ] as const;
    const { caller: clerk } = await desk.holder([...held]);
    expect(await clerk.delete(path)).toMatchObject({ status: 403, body: { reason: 'exceeds_ceiling' } });
    expect((await desk.owner.delete(path)).status).toBe(200);
    const owners = 'select id from webhooks where owner_principal_id = $1';
    expect(await desk.db.query(owners, [uuid(member)])).toEqual([]);
    expect(await desk.db.query(owners, [uuid(desk.world.owner)])).not.toEqual([]);
  });

  test('finds what was given to them between load and commit', async () => {
    const { member } = await settledMember(desk);
    const answer = await desk.overtaken(
      () => desk.owner.delete(`/members/${member.id}`),
      () => desk.world.keyFor(PERMISSION_KEYS, { creator: member }),
    );
    expect(answer.body.lost.revokedKeyIds).toHaveLength(2);
    expect(await holdings(member)).toEqual(NOTHING);
  });

  test('and granting them a role leave no grant behind, whichever comes first', async () => {
    const roleId = await desk.role(['ticket.view_team']);
    for (const first of ['grant', 'removal']) {
      const member = await desk.world.member();
      const grant = () => desk.owner.post(`/members/${member.id}/role-assignments`, { roleId });
      const removal = () => desk.owner.delete(`/members/${member.id}`);
      const late = await (first === 'grant' ? desk.overtaken(removal, grant) : desk.overtaken(grant, removal));
      expect(late.status).toBe(first === 'grant' ? 200 : 422);
      expect(await holdings(member)).toMatchObject({ state: 'removed', grants: 0 });
    }
  });

  test('and taking them into a team leave no membership behind, whichever comes first', async () => {
    for (const first of ['join', 'removal']) {
      const member = await desk.world.member();
      const join = () => desk.owner.put(`/teams/${desk.world.teams.billing}/members/${member.id}`, {});
      const removal = () => desk.owner.delete(`/members/${member.id}`);
      const late = await (first === 'join' ? desk.overtaken(removal, join) : desk.overtaken(join, removal));
      expect(late.status).toBe(first === 'join' ? 200 : 422);
      expect(await holdings(member)).toMatchObject({ state: 'removed', teams: 0 });
    }
  });
});
