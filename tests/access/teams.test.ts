import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { authIssuerRules } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';
import { makeIssuer } from '../support/issuer-things.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

let made = 0;
const makeTeam = async (): Promise<{ id: Id<'team'>; slug: string }> => {
  made += 1;
  const { body, status } = await desk.owner.post('/teams', { slug: `team-${made}`, name: `Team ${made}` });
  expect(status).toBe(201);
  await desk.told();
  return body;
};

describe('a team', () => {
  test('is made, changed and told of, in two round trips each', async () => {
    const created = await desk.owner.post('/teams', {
      slug: 'field-service',
      name: 'Field service',
      shortLabel: 'FS',
      color: '#16a34a',
    });
    expect(created).toMatchObject({ status: 201, trips: 2, body: { slug: 'field-service', version: 1 } });
    expect(created.headers.get('location')).toBe(`/api/v1/teams/${created.body.id}`);
    const path = `/teams/${created.body.id}`;
    expect(await desk.owner.patch(path, { name: 'On site', shortLabel: null }, { 'if-match': '"1"' })).toMatchObject({
      status: 200,
      trips: 2,
      body: { name: 'On site', shortLabel: null, color: '#16a34a', version: 2 },
    });
    expect(await desk.owner.patch(path, { name: 'Stale' }, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    expect(await desk.owner.patch(path, {})).toMatchObject({ status: 200, trips: 1, body: { version: 2 } });
    const { events, audit } = await desk.told();
    expect(events.map(({ type, entity_seq }) => [type, entity_seq])).toEqual([
      ['team.created', '1'],
      ['team.updated', '2'],
    ]);
    expect(audit[1].changes).toEqual({ name: ['Field service', 'On site'], shortLabel: ['FS', null] });
  });

  test('has an address of its own', async () => {
    const team = await makeTeam();
    const taken = { status: 409, body: { reason: 'name_taken' } };
    expect(await desk.owner.post('/teams', { slug: team.slug, name: 'Twin' })).toMatchObject(taken);
    const other = await makeTeam();
    expect(await desk.owner.patch(`/teams/${other.id}`, { slug: team.slug })).toMatchObject(taken);
    for (const slug of ['Upper', 'two--hyphens', '-x', ''])
      expect((await desk.owner.post('/teams', { slug, name: 'Bad' })).status).toBe(400);
  });

  test('is seen and changed where one holds the permission, and does not exist elsewhere', async () => {
    const { support, billing } = desk.world.teams;
    const { caller } = await desk.holder(['team.manage'], { teamId: support });
    expect((await caller.get('/teams')).body.data.map(({ id }: { id: string }) => id)).toEqual([support]);
    expect((await caller.get(`/teams/${support}`)).status).toBe(200);
    expect((await caller.get(`/teams/${billing}`)).status).toBe(404);
    expect((await caller.patch(`/teams/${billing}`, { name: 'Mine' })).status).toBe(404);
    expect((await caller.patch(`/teams/${support}`, { description: 'Ours' })).status).toBe(200);
    expect(await caller.post('/teams', { slug: 'new-team', name: 'New' })).toMatchObject({
      status: 403,
      body: { reason: 'missing_permission' },
    });
    const { caller: viewer } = await desk.holder(['team.view']);
    expect(await viewer.patch(`/teams/${support}`, { name: 'X' })).toMatchObject({ status: 403 });
    expect((await viewer.get(`/teams/${desk.world.newId('team')}`)).status).toBe(404);
  });

  test('a key limited to teams reaches no other', async () => {
    const { support, billing } = desk.world.teams;
    const { token } = await desk.world.keyFor(['team.view', 'team.manage'], { teamIds: [support] });
    const caller = desk.as(token);
    expect((await caller.get('/teams')).body.data.map(({ id }: { id: string }) => id)).toEqual([support]);
    expect((await caller.get(`/teams/${billing}/members`)).status).toBe(404);
    expect(await caller.post('/teams', { slug: 'x-team', name: 'X' })).toMatchObject({
      status: 403,
      body: { reason: 'key_limit' },
    });
  });

  test('lists page by page', async () => {
    await makeTeam();
    const all = (await desk.owner.get('/teams?limit=200')).body.data.map(({ id }: { id: string }) => id);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body } = await desk.owner.get(`/teams?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      paged.push(...body.data.map(({ id }: { id: string }) => id));
      next = body.page.next;
    }
    expect(paged).toEqual(all);
  });
});

describe('archiving a team', () => {
  test('waits until nothing needs it, and names only what the caller sees of that', async () => {
    const team = await makeTeam();
    const path = `/teams/${team.id}`;
    const ticket = await desk.world.ticket({ assigneeTeamId: team.id });
    const [inbox] = await desk.db.query<{ id: string }>(
      `insert into inboxes (slug, name, primary_team_id) values ($1, $1, $2) returning public.to_typeid('inbox', id) as id`,
      [`box-${made}`, idToUuid(team.id)],
    );
    expect(await desk.owner.delete(path)).toMatchObject({
      status: 409,
      body: { reason: 'team_in_use', uses: { ticketIds: [ticket.id], inboxIds: [inbox?.id] } },
    });
    const { caller } = await desk.holder(['team.manage']);
    expect((await caller.delete(path)).body.uses).toMatchObject({ ticketIds: [], inboxIds: [inbox?.id] });
    await desk.db.query('update inboxes set archived_at = now() where primary_team_id = $1', [idToUuid(team.id)]);
    expect((await caller.delete(path)).status).toBe(409);
    await desk.db.query('update tickets set assignee_team_id = null where id = $1', [idToUuid(ticket.id)]);
    const { id: issuer } = await makeIssuer(desk.world);
    await desk.world.put(
      qb.insert(authIssuerRules).values({
        id: desk.world.newId('issr'),
        issuerId: issuer,
        position: 0,
        claim: ['groups'],
        equals: 'team',
        joinTeamId: team.id,
        joinAs: 'member',
      }),
    );
    expect((await caller.delete(path)).body.uses).toMatchObject({ issuerIds: [issuer] });
    await desk.db.query('update auth_issuers set disabled_at = now() where id = $1', [idToUuid(issuer)]);
    expect(await caller.delete(path)).toMatchObject({ status: 204, trips: 2 });
    expect(await caller.delete(path)).toMatchObject({ status: 204, trips: 1 });
    expect((await desk.told()).events.map(({ type }) => type)).toEqual(['team.archived']);
    expect((await desk.owner.get(path)).body.archivedAt).not.toBeNull();
    const listed = async (query: string) =>
      (await desk.owner.get(`/teams?limit=200${query}`)).body.data.some(({ id }: { id: string }) => id === team.id);
    expect([await listed(''), await listed('&includeArchived=true')]).toEqual([false, true]);
  });

  test('makes its grants, memberships and shares inert until it is back', async () => {
    const team = await makeTeam();
    const { caller, member } = await desk.holder(['ticket.view_shared', 'ticket.view_team'], { teamId: team.id });
    await desk.world.grant(member, ['ticket.view_assigned']);
    await desk.owner.put(`/teams/${team.id}/members/${member.id}`, {});
    const shared = await desk.world.ticket({ primaryTeamId: desk.world.teams.billing });
    await desk.db.query(
      `insert into ticket_shares (ticket_id, team_id, level, actor_kind) values ($1, $2, 'full', 'system')`,
      [idToUuid(shared.id), idToUuid(team.id)],
    );
    const sees = async () => (await caller.get(`/tickets/${shared.id}`)).status;
    expect(await sees()).toBe(200);
    await desk.owner.delete(`/teams/${team.id}`);
    expect(await sees()).toBe(404);
    expect((await caller.get('/tickets')).body.data).toEqual([]);
    expect((await desk.owner.post(`/teams/${team.id}/unarchive`)).body.archivedAt).toBeNull();
    expect(await sees()).toBe(200);
    await desk.db.query('update ticket_shares set revoked_at = now() where ticket_id = $1', [idToUuid(shared.id)]);
    expect(await sees()).toBe(404);
  });

  test('frees its address, and it comes back only to a free one', async () => {
    const team = await makeTeam();
    await desk.owner.delete(`/teams/${team.id}`);
    expect((await desk.owner.post('/teams', { slug: team.slug, name: 'Heir' })).status).toBe(201);
    expect(await desk.owner.post(`/teams/${team.id}/unarchive`)).toMatchObject({
      status: 409,
      body: { reason: 'name_taken' },
    });
  });
});

test('a private ticket is hidden from its own team, and shown to who sees all of it', async () => {
  const { support } = desk.world.teams;
  const ticket = await desk.world.ticket({ primaryTeamId: support, visibility: 'private' });
  const { caller: colleague } = await desk.holder(['ticket.view_team'], { teamId: support });
  const { caller: lead } = await desk.holder(['ticket.view_all'], { teamId: support });
  expect((await colleague.get(`/tickets/${ticket.id}`)).status).toBe(404);
  expect((await lead.get(`/tickets/${ticket.id}`)).status).toBe(200);
});

describe('membership of a team', () => {
  const at = (team: { id: string }, member: { id: string }): string => `/teams/${team.id}/members/${member.id}`;

  test('is given, changed and taken, each told once; what is so already tells nothing', async () => {
    const team = await makeTeam();
    const member = await desk.world.member();
    expect(await desk.owner.put(at(team, member), {})).toMatchObject({
      status: 201,
      trips: 2,
      body: { teamId: team.id, principalId: member.id, role: 'member', source: 'manual' },
    });
    expect(await desk.owner.put(at(team, member), { role: 'member' })).toMatchObject({ status: 200, trips: 1 });
    expect(await desk.owner.put(at(team, member), { role: 'lead' })).toMatchObject({
      status: 200,
      body: { role: 'lead' },
    });
    expect((await desk.owner.get(`/teams/${team.id}/members`)).body.data).toMatchObject([
      { principalId: member.id, role: 'lead' },
    ]);
    expect(await desk.owner.delete(at(team, member))).toMatchObject({ status: 204, trips: 2 });
    expect(await desk.owner.delete(at(team, member))).toMatchObject({ status: 204, trips: 1 });
    const { events, audit } = await desk.told();
    expect(events.map(({ type, entity_id, entity_seq }) => [type, entity_id, entity_seq])).toEqual([
      ['team_membership.added', idToUuid(member.id as Id), '1'],
      ['team_membership.updated', idToUuid(member.id as Id), '2'],
      ['team_membership.removed', idToUuid(member.id as Id), '3'],
    ]);
    expect(audit.map(({ action }) => action)).toEqual(events.map(({ type }) => type));
  });

  test('opens the team’s tickets on the next request', async () => {
    const team = await makeTeam();
    const ticket = await desk.world.ticket({ primaryTeamId: team.id });
    const { caller, member } = await desk.holder(['ticket.view_team']);
    expect((await caller.get(`/tickets/${ticket.id}`)).status).toBe(404);
    await desk.owner.put(at(team, member), {});
    expect((await caller.get(`/tickets/${ticket.id}`)).status).toBe(200);
    await desk.owner.delete(at(team, member));
    expect((await caller.get(`/tickets/${ticket.id}`)).status).toBe(404);
  });

  test('nobody gives to themself, nor to a team whose tickets they do not reach', async () => {
    const team = await makeTeam();
    const supervisor = await desk.world.member({ role: 'supervisor' });
    const asSupervisor = await desk.keyOf(supervisor);
    const self = { status: 409, body: { reason: 'self_change' } };
    expect(await asSupervisor.put(at(team, supervisor), {})).toMatchObject(self);
    const other = await desk.world.member();
    expect((await asSupervisor.put(at(team, other), {})).status).toBe(201);

    const { caller } = await desk.holder(['team.manage']);
    const boxed = await desk.keyOf(supervisor, { inboxIds: [desk.world.inboxes.help] });
    for (const by of [caller, boxed])
      expect(await by.put(at(team, await desk.world.member()), {})).toMatchObject({
        status: 403,
        body: { reason: 'exceeds_ceiling' },
      });
    const insider = await desk.holder(['team.manage']);
    await desk.owner.put(at(team, insider.member), {});
    expect((await insider.caller.put(at(team, await desk.world.member()), {})).status).toBe(201);
    expect(await insider.caller.delete(at(team, insider.member))).toMatchObject(self);
    const admin = await desk.holder(['team.manage', 'admin.manage_users']);
    expect((await admin.caller.put(at(team, admin.member), {})).status).toBe(201);
  });

  test('is for members of the desk and live teams', async () => {
    const team = await makeTeam();
    const key = await desk.world.keyFor(['team.view']);
    const notMember = { status: 422, body: { reason: 'target_not_member' } };
    expect(await desk.owner.put(at(team, { id: key.principalId }), {})).toMatchObject(notMember);
    expect(await desk.owner.put(at(team, { id: desk.world.newId('prin') }), {})).toMatchObject(notMember);
    const suspended = await desk.world.member();
    await desk.owner.post(`/members/${suspended.id}/suspend`, {});
    expect((await desk.owner.put(at(team, suspended), {})).status).toBe(201);
    const gone = await desk.world.member();
    await desk.owner.delete(`/members/${gone.id}`);
    expect(await desk.owner.put(at(team, gone), {})).toMatchObject(notMember);
    await desk.owner.delete(`/teams/${team.id}`);
    expect(await desk.owner.put(at(team, await desk.world.member()), {})).toMatchObject({
      status: 422,
      body: { reason: 'scope_archived' },
    });
  });

  test('ends at a hundred teams', async () => {
    const member = await desk.world.member();
    await desk.db.query(
      `with made as (insert into teams (slug, name, archived_at) select 'many-' || n, 'Many', now() from generate_series(1, 100) n returning id)
        insert into team_memberships (team_id, principal_id) select id, $1 from made`,
      [idToUuid(member.id)],
    );
    expect(await desk.owner.put(at(await makeTeam(), member), {})).toMatchObject({
      status: 422,
      body: { reason: 'limit_reached' },
    });
  });
});

test('a workspace has at most five hundred live teams', async () => {
  await desk.db.query(`insert into teams (slug, name) select 'bulk-' || n, 'Bulk' from generate_series(1, 500) n`);
  expect(await desk.owner.post('/teams', { slug: 'too-many', name: 'Too many' })).toMatchObject({
    status: 422,
    body: { reason: 'limit_reached' },
  });
});
