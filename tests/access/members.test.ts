import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';
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

describe('reading members', () => {
  test('address, state and grants are for those who administrate people', async () => {
    const { caller } = await desk.holder(['team.view']);
    const full = await desk.owner.get(`/members/${desk.world.agent.id}`);
    expect(full).toMatchObject({
      status: 200,
      trips: 1,
      body: {
        email: desk.world.agent.email,
        state: 'active',
        teams: [{ teamId: desk.world.teams.support, role: 'member' }],
        grants: [{ roleKey: 'agent', scope: { kind: 'workspace' } }],
      },
    });
    const short = await caller.get(`/members/${desk.world.agent.id}`);
    expect(Object.keys(short.body).sort()).toEqual(
      ['id', 'displayName', 'avatarUrl', 'teams', 'memberSince', 'memberEndedAt', 'version'].sort(),
    );
    expect(JSON.stringify((await caller.get('/members')).body)).not.toContain('@');
    expect(await caller.get('/members?state=suspended')).toMatchObject({
      status: 403,
      body: { reason: 'missing_permission' },
    });
  });

  test('lists by the start of the name, by team, page by page', async () => {
    const zoe = await desk.world.member({ teams: [desk.world.teams.billing] });
    await desk.db.query(`update principal set display_name = 'Zoë 100% Ünal' where id = $1`, [uuid(zoe)]);
    const ids = ({ body }: { body: { data: { id: string }[] } }) => body.data.map(({ id }) => id);
    expect(ids(await desk.owner.get(`/members?q=${encodeURIComponent('zoe 100%')}`))).toEqual([zoe.id]);
    expect(ids(await desk.owner.get(`/members?q=${encodeURIComponent('%')}`))).toEqual([]);
    expect(ids(await desk.owner.get(`/members?teamId=${desk.world.teams.billing}`))).toEqual([zoe.id]);
    const all = ids(await desk.owner.get('/members?limit=200'));
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body } = await desk.owner.get(`/members?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      paged.push(...body.data.map(({ id }: { id: string }) => id));
      next = body.page.next;
    }
    expect(paged).toEqual(all);
  });

  test('a customer or a key is no member, and without sight nobody is', async () => {
    const key = await desk.world.keyFor(['team.view']);
    expect((await desk.owner.get(`/members/${key.principalId}`)).status).toBe(404);
    const { caller } = await desk.holder(['team.view'], { teamId: desk.world.teams.support });
    expect((await caller.get(`/members/${desk.world.agent.id}`)).status).toBe(404);
    expect((await caller.get('/members')).status).toBe(403);
  });
});

describe('changing how a member is shown', () => {
  test('moves the version, and keeps to rank', async () => {
    const member = await desk.world.member();
    const path = `/members/${member.id}`;
    expect(await desk.owner.patch(path, { displayName: 'New Name', avatarUrl: 'https://a.test/x.png' })).toMatchObject({
      status: 200,
      trips: 2,
      body: { displayName: 'New Name', version: 2 },
    });
    expect(await desk.owner.patch(path, { avatarUrl: null }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { current: { version: 2 } },
    });
    expect(await desk.owner.patch(path, {})).toMatchObject({ status: 200, trips: 1 });
    expect(await desk.owner.patch(path, { displayName: null })).toMatchObject({ status: 400 });
    expect(await desk.owner.patch(path, { avatarUrl: 'http://a.test/x.png' })).toMatchObject({ status: 400 });
    const { events } = await desk.told();
    expect(types(events)).toEqual(['member.updated']);
    const { caller } = await desk.holder(['admin.manage_users', 'team.view']);
    expect(await caller.patch(`/members/${desk.world.agent.id}`, { displayName: 'X' })).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you' },
    });
  });
});

describe('suspending and reinstating', () => {
  test('keys are 401 at once and work again with what they held', async () => {
    const { member, caller } = await desk.holder(['team.view']);
    expect((await caller.get('/teams')).status).toBe(200);
    const suspended = await desk.owner.post(`/members/${member.id}/suspend`, { reason: 'Lost laptop' });
    expect(suspended).toMatchObject({ status: 200, trips: 2, body: { state: 'suspended', grants: [{}] } });
    expect(await caller.get('/teams')).toMatchObject({ status: 401, body: { reason: 'creator_inactive' } });
    expect(await desk.owner.post(`/members/${member.id}/suspend`, {})).toMatchObject({ status: 200, trips: 1 });
    const [row] = await desk.db.query(`select tokens_valid_after from principal where id = $1`, [uuid(member)]);
    expect(row?.tokens_valid_after).not.toBeNull();
    expect((await desk.owner.post(`/members/${member.id}/reinstate`, {})).body.state).toBe('active');
    expect((await caller.get('/teams')).status).toBe(200);
    const { events, audit } = await desk.told();
    expect(events.map(({ payload }) => [payload.state, payload.reason])).toEqual([
      ['suspended', 'Lost laptop'],
      ['active', null],
    ]);
    expect(audit.map(({ changes }) => changes.state)).toEqual([
      ['active', 'suspended'],
      ['suspended', 'active'],
    ]);
  });

  test('of oneself, of somebody above, of nobody', async () => {
    const { member, caller } = await desk.holder(['admin.manage_users', 'team.view']);
    expect(await caller.post(`/members/${member.id}/suspend`, {})).toMatchObject({
      status: 409,
      body: { reason: 'self_change' },
    });
    for (const path of ['suspend', 'sign-out-everywhere'])
      expect(
        await caller.post(`/members/${desk.world.owner.id}/${path}`, path === 'suspend' ? {} : undefined),
      ).toMatchObject({
        status: 403,
        body: { reason: 'outranks_you' },
      });
    expect(await caller.delete(`/members/${desk.world.owner.id}`)).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you' },
    });
    expect((await caller.post(`/members/${desk.world.newId('prin')}/suspend`, {})).status).toBe(404);
    const above = await desk.holder(['ticket.delete']);
    await desk.owner.post(`/members/${above.member.id}/suspend`, {});
    expect(await caller.post(`/members/${above.member.id}/reinstate`, {})).toMatchObject({
      status: 403,
      body: { reason: 'outranks_you' },
    });
  });

  test('signing somebody out moves the moment from which tokens count, and no key', async () => {
    const { member, caller } = await desk.holder(['team.view']);
    const before = Date.now();
    expect((await desk.owner.post(`/members/${member.id}/sign-out-everywhere`)).status).toBe(200);
    const [row] = await desk.db.query<{ at: Date }>(`select tokens_valid_after as at from principal where id = $1`, [
      uuid(member),
    ]);
    expect(row?.at.getTime()).toBeGreaterThanOrEqual(before - 1);
    expect((await caller.get('/teams')).status).toBe(200);
  });
});

test('demoting a creator narrows their keys on the next statement, and touches no key', async () => {
  const { member, caller } = await desk.holder(['team.view', 'ticket.view_all']);
  const roleId = (await desk.owner.get(`/members/${member.id}`)).body.grants[0].roleId;
  expect((await caller.get('/tickets')).status).toBe(200);
  const keys = () =>
    desk.db.query(`select revision, updated_at from api_keys where creator_principal_id = $1`, [uuid(member)]);
  const before = await keys();
  await desk.owner.patch(`/roles/${roleId}`, { permissions: ['team.view'] });
  expect((await caller.get('/tickets')).status).toBe(403);
  expect((await caller.get('/teams')).status).toBe(200);
  expect(await keys()).toEqual(before);
});

/** A member with one of everything. */
async function settled() {
  const { world, db } = desk;
  const { member, caller } = await desk.holder([
    'team.view',
    'ticket.view_all',
    'ticket.assign_any',
    'ticket.edit_fields',
  ]);
  const ticket = await world.ticket({ assigneePrincipalId: member.id, primaryTeamId: world.teams.support });
  const attended = await world.ticket();
  for (const [text, params] of [
    [
      `insert into team_memberships (team_id, principal_id) values ($1, $2)`,
      [idToUuid(world.teams.support), uuid(member)],
    ],
    [
      `insert into inbox_memberships (inbox_id, principal_id, role) values ($1, $2, 'owner')`,
      [idToUuid(world.inboxes.help), uuid(member)],
    ],
    [
      `insert into invitation (email, expires_at, invited_by_principal_id) values ($1, now() + interval '7 days', $2)`,
      [`${world.newId('inv')}@new.test`, uuid(member)],
    ],
    [
      `insert into ticket_subscriptions (ticket_id, principal_id, source) values ($1, $2, 'manual')`,
      [uuid(ticket), uuid(member)],
    ],
    [
      `insert into ticket_participants (ticket_id, principal_id, role, actor_kind) values ($1, $2, 'watcher', 'system')`,
      [uuid(attended), uuid(member)],
    ],
  ] as const)
    await db.query(text, [...params]);
  return { member, caller, ticket, attended };
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
  subscriptions: 0,
  jobs: 1,
};

describe('removing a member', () => {
  test('takes everything in one commit of at most twenty statements, and tells of each thing', async () => {
    const { member, caller } = await settled();
    expect(await holdings(member)).toEqual(EVERYTHING);
    await desk.told();
    const commits: number[] = [];
    desk.worker.proxy.setHook(({ queries }) => {
      if (queries[0]?.includes('require_rows')) commits.push(queries.length);
      return 'pass';
    });
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
      'member.removed',
      'role_assignment.revoked',
      'team_membership.removed',
    ]);
    expect(audit).toHaveLength(1);
    expect(audit[0].changes).toMatchObject({ state: ['active', 'removed'], bulkJobId: [null, answer.body.bulkJobId] });
    expect((await desk.owner.get(`/members/${member.id}`)).body).toMatchObject({ state: 'removed', grants: [] });
  });

  test('a second time changes nothing', async () => {
    const { member } = await settled();
    await desk.owner.delete(`/members/${member.id}`);
    await desk.told();
    expect(await desk.owner.delete(`/members/${member.id}`)).toMatchObject({
      status: 200,
      trips: 1,
      body: { bulkJobId: null },
    });
    expect((await desk.told()).events).toEqual([]);
    expect(await desk.owner.post(`/members/${member.id}/reinstate`, {})).toMatchObject({
      status: 422,
      body: { reason: 'target_not_member' },
    });
  });

  test('with a fault in any statement leaves all of it untouched', async () => {
    const { member } = await settled();
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

  test('can hand the keys on, to somebody who covers each of them', async () => {
    const { member, caller } = await settled();
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
    await desk.told();
    const answer = await desk.owner.delete(`${path}${desk.world.owner.id}`);
    expect(answer.body.lost.transferredKeyIds).toHaveLength(1);
    expect((await caller.get('/roles')).status).toBe(200);
    const { events } = await desk.told();
    expect(types(events)).toContain('api_key.updated');
    expect(types(events)).not.toContain('api_key.revoked');
  });

  test('finds what was given to them between load and commit', async () => {
    const { member } = await settled();
    let late = true;
    desk.worker.proxy.setHook(async ({ queries }): Promise<'pass'> => {
      if (late && queries[0]?.includes('require_rows')) {
        late = false;
        await desk.world.keyFor(PERMISSION_KEYS, { creator: member });
      }
      return 'pass';
    });
    const answer = await desk.owner.delete(`/members/${member.id}`);
    desk.worker.proxy.setHook(undefined);
    expect(answer.body.lost.revokedKeyIds).toHaveLength(2);
    expect(await holdings(member)).toEqual(NOTHING);
  });

  test('while a role is granted to them leaves no grant behind, whichever wins', async () => {
    for (let round = 0; round < 4; round += 1) {
      const member = await desk.world.member();
      const roleId = await desk.role(['ticket.view_team']);
      const [granted, removed] = await Promise.all([
        desk.owner.post(`/members/${member.id}/role-assignments`, { roleId }),
        desk.owner.delete(`/members/${member.id}`),
      ]);
      expect([201, 422]).toContain(granted.status);
      expect(removed.status).toBe(200);
      expect(await holdings(member)).toMatchObject({ state: 'removed', grants: 0 });
    }
  });
});

describe('the tickets of a removed member', () => {
  const runJob = (jobId: string) => desk.worker.queue('events', [{ body: { kind: 'bulk_job', id: jobId } }]);
  const assigneeOf = async (ticket: { id: Id }) =>
    (
      await desk.db.query<{ assignee: string | null }>(
        `select public.to_typeid('prin', assignee_principal_id) as assignee from tickets where id = $1`,
        [uuid(ticket)],
      )
    )[0]?.assignee ?? null;

  test('go to nobody, with activity and event, and their participations end', async () => {
    const { member, ticket, attended } = await settled();
    const solved = await desk.world.ticket({ assigneePrincipalId: member.id });
    await desk.db.query(
      `update tickets set status_id = $2, status_category = 'closed', solved_at = now(), closed_at = now() where id = $1`,
      [uuid(solved), idToUuid(desk.world.statuses.closed)],
    );
    const { body } = await desk.owner.delete(`/members/${member.id}`);
    await desk.told();
    await runJob(body.bulkJobId);
    expect(await assigneeOf(ticket)).toBeNull();
    expect(await assigneeOf(solved)).toBe(member.id);
    const left = await desk.db.query(`select from ticket_participants where principal_id = $1`, [uuid(member)]);
    expect(left).toEqual([]);
    const activity = await desk.db.query(
      `select type, cause, actor_kind, bulk_job_id is not null as by_job from ticket_activity where ticket_id in ($1, $2) order by type`,
      [uuid(ticket), uuid(attended)],
    );
    expect(activity).toEqual([
      { type: 'assigned', cause: 'bulk', actor_kind: 'system', by_job: true },
      { type: 'participant_changed', cause: 'bulk', actor_kind: 'system', by_job: true },
    ]);
    expect((await desk.told()).events).toMatchObject([
      { type: 'ticket.unassigned', entity_id: uuid(ticket), payload: { cause: 'bulk', ticket: { version: 2 } } },
    ]);
    const [job] = await desk.db.query(`select state, succeeded from bulk_jobs where id = $1`, [
      idToUuid(body.bulkJobId),
    ]);
    expect(job).toEqual({ state: 'done', succeeded: 2 });
    await runJob(body.bulkJobId);
    expect((await desk.told()).events).toEqual([]);
  });

  test('go to who takes over, where that member may see them', async () => {
    const { member, ticket } = await settled();
    const elsewhere = await desk.world.ticket({
      assigneePrincipalId: member.id,
      primaryTeamId: desk.world.teams.billing,
    });
    const taker = await desk.world.member();
    await desk.world.grant(taker, ['ticket.view_all'], { teamId: desk.world.teams.support });
    const { body } = await desk.owner.delete(`/members/${member.id}?reassignTicketsTo=${taker.id}`);
    await runJob(body.bulkJobId);
    expect(await assigneeOf(ticket)).toBe(taker.id);
    expect(await assigneeOf(elsewhere)).toBeNull();
  });

  test('are worked through in chunks, by the tick where the wake-up was lost', async () => {
    const { member, ticket } = await settled();
    await desk.db.query(
      `insert into tickets (number, subject, status_id, status_category, assignee_principal_id, last_activity_at, last_public_at)
        select nextval('ticket_number_seq'), subject, status_id, status_category, assignee_principal_id, now(), now()
        from tickets cross join generate_series(1, 230) where id = $1`,
      [uuid(ticket)],
    );
    const { body } = await desk.owner.delete(`/members/${member.id}`);
    const open = async () =>
      (
        await desk.db.query<{ n: number }>(
          `select count(*)::int as n from tickets where assignee_principal_id = $1 and status_category <> 'closed'`,
          [uuid(member)],
        )
      )[0]?.n;
    expect(await open()).toBe(231);
    await runJob(body.bulkJobId);
    expect(await open()).toBe(31 + 1);
    await runJob(body.bulkJobId);
    expect(await open()).toBe(0);
    const [job] = await desk.db.query(`select state, succeeded from bulk_jobs where id = $1`, [
      idToUuid(body.bulkJobId),
    ]);
    expect(job).toEqual({ state: 'done', succeeded: 232 });
  });

  test('assigned while they are removed end refused or released, never left', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { member } = await settled();
      const ticket = await desk.world.ticket();
      const [assigned, removed] = await Promise.all([
        desk.owner.post(`/tickets/${ticket.id}/assign`, { assigneePrincipalId: member.id }),
        desk.owner.delete(`/members/${member.id}`),
      ]);
      expect([200, 422]).toContain(assigned.status);
      await runJob(removed.body.bulkJobId);
      expect(await assigneeOf(ticket)).toBeNull();
    }
  });
});
