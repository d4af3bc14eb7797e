import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketShares } from '#schema/index.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { visible } from '#services/access/visible.ts';
import { qb, rows } from '#services/kernel/query.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';
import type { KeyOptions } from '#tests/support/world.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const share = (ticketId: Id<'tkt'>, teamId: Id<'team'>, level: 'read' | 'comment' | 'full') =>
  desk.world.put(
    qb.insert(ticketShares).values({ id: desk.world.newId('tshare'), ticketId, teamId, level, actorKind: 'system' }),
  );

const note = async (ticketId: Id<'tkt'>, body: string, by: Caller = desk.owner) =>
  expect((await by.post(`/tickets/${ticketId}/messages`, { audience: 'internal', body })).status).toBe(201);

const bodiesOf = ({ body }: Answered): string[] => body.data.map(({ body: text }: { body: string }) => text);

describe('a share', () => {
  const { support, billing } = { support: () => desk.world.teams.support, billing: () => desk.world.teams.billing };

  test('of level full moves nothing to the side of who works through it, whatever they hold', async () => {
    const member = await desk.world.member({ role: 'supervisor', teams: [support()] });
    const worker = await desk.world.member({ teams: [support()] });
    await desk.world.grant(
      worker,
      PERMISSION_KEYS.filter((key) => !['ticket.view_all', 'ticket.view_team'].includes(key)),
    );
    const caller = await desk.keyOf(worker);
    const ticket = await desk.world.ticket({ primaryTeamId: billing() });
    await share(ticket.id, support(), 'full');
    const path = `/tickets/${ticket.id}`;
    for (const placement of [
      { primaryTeamId: support() },
      { visibility: 'shared' },
      { inboxId: desk.world.inboxes.help },
    ])
      expect(await caller.patch(path, placement)).toMatchObject({ status: 403, body: { reason: 'share_level' } });
    const toTeam = await caller.post(`${path}/assign`, { assigneeTeamId: support() });
    expect(toTeam).toMatchObject({ status: 403, body: { reason: 'share_level' } });
    expect((await caller.post(`${path}/assign`, { assigneePrincipalId: worker.id })).status).toBe(200);
    for (const placement of [{ primaryTeamId: support() }, { visibility: 'shared' }])
      expect((await caller.patch(path, placement)).status).toBe(403);
    expect((await caller.patch(path, { priority: 'high' })).status).toBe(200);
    expect((await (await desk.keyOf(member)).patch(path, { primaryTeamId: support() })).status).toBe(200);
  });

  test('shows the words for its team to no other team that the ticket is shared with', async () => {
    const [x, y] = [await desk.world.team(), await desk.world.team()];
    const ticket = await desk.world.ticket({ primaryTeamId: billing() });
    for (const team of [x, y]) await share(ticket.id, team, 'comment');
    const inTeam = async (team: Id<'team'>) =>
      desk.keyOf(await desk.world.member({ role: 'collaborator', teams: [team] }));
    const [ofX, ofY] = [await inTeam(x), await inTeam(y)];
    const said = await ofX.post(`/tickets/${ticket.id}/messages`, {
      audience: 'shared_team',
      sharedTeamId: x,
      body: 'Between us.',
    });
    expect(said.status, JSON.stringify(said.body)).toBe(201);
    expect(bodiesOf(await ofX.get(`/tickets/${ticket.id}/messages`))).toContain('Between us.');
    const other = await ofY.get(`/tickets/${ticket.id}/messages`);
    expect([other.status, JSON.stringify(other.body).includes('Between us.')]).toEqual([200, false]);
  });
});

test('a staff participant sees a ticket of a foreign team until they are taken out of it', async () => {
  const { member, caller } = await desk.holder(['ticket.view_assigned', 'ticket.comment_internal']);
  const ticket = await desk.world.ticket({ primaryTeamId: desk.world.teams.billing });
  const path = `/tickets/${ticket.id}`;
  expect((await caller.get(path)).status).toBe(404);
  const seat = await desk.owner.put(`${path}/participants`, { principalId: member.id, role: 'collaborator' });
  expect(seat.status, JSON.stringify(seat.body)).toBe(201);
  expect((await caller.get(path)).status).toBe(200);
  await note(ticket.id, 'Seen.', caller);
  expect((await desk.owner.delete(`${path}/participants/${seat.body.id}`)).status).toBe(204);
  for (const gone of [path, `${path}/messages`, `${path}/activity`]) expect((await caller.get(gone)).status).toBe(404);
});

test('a ticket in no team and no inbox is seen by all who see their teams everywhere, and by no limited key', async () => {
  const { world } = desk;
  const { id } = await world.ticket();
  const sees = async (caller: Caller) => (await caller.get(`/tickets/${id}`)).status === 200;
  const limited = async (limits: KeyOptions) => desk.as((await world.keyFor(PERMISSION_KEYS, limits)).token);
  expect(await sees((await desk.holder(['ticket.view_team'])).caller)).toBe(true);
  expect(await sees((await desk.holder(['ticket.view_team'], { teamId: world.teams.support })).caller)).toBe(false);
  expect(await sees((await desk.holder(['ticket.view_shared', 'ticket.view_assigned'])).caller)).toBe(false);
  expect(await sees(await limited({ teamIds: [world.teams.support] }))).toBe(false);
  expect(await sees(await limited({ inboxIds: [world.inboxes.help] }))).toBe(false);
});

test('a ticket with no team and no inbox is either visible or not visible, never neither', async () => {
  const { world } = desk;
  const { token } = await world.keyFor(PERMISSION_KEYS, {
    teamIds: [world.teams.support],
    inboxIds: [world.inboxes.help],
  });
  const places = [
    {},
    { primaryTeamId: world.teams.support },
    { primaryTeamId: world.teams.billing, inboxId: world.inboxes.help },
  ];
  for (const place of places) await world.ticket(place);
  for (const each of [token, (await desk.holder(['ticket.view_team'])).caller.token]) {
    const credential = parseApiKey(each, null);
    if (credential === undefined) throw new TypeError('a test key parses');
    const auth = authorityCte(credential, new Date());
    const query = rows<{ seen: number; unseen: number; both: number; every: number }>(sql`with ${auth}
      select count(*) filter (where ${visible()})::int as seen, count(*) filter (where not coalesce(${visible()}, false))::int as unseen,
        count(*) filter (where ${visible()} and not coalesce(${visible()}, false))::int as both, count(*)::int as every from tickets`);
    const [[counted]] = await testKernel(desk.db.url).db.batch([query] as const, { kind: 'load' });
    expect(counted?.every).toBeGreaterThan(0);
    expect([(counted?.seen ?? 0) + (counted?.unseen ?? 0), counted?.both]).toEqual([counted?.every, 0]);
  }
});

describe('a team that is archived while a ticket comes to it', () => {
  type Move = (team: Id<'team'>, ticket: Id<'tkt'>) => Promise<Answered>;
  const moves: Record<string, Move> = {
    'by assignment': (team, ticket) => desk.owner.post(`/tickets/${ticket}/assign`, { assigneeTeamId: team }),
    'by placement': (team, ticket) => desk.owner.patch(`/tickets/${ticket}`, { primaryTeamId: team }),
    'at its opening': (team) =>
      desk.owner.post('/tickets', { subject: 'Late', body: 'It is late.', primaryTeamId: team }),
  };

  test.each(Object.entries(moves))('%s: refuses the ticket, or stays', async (_how, move) => {
    const { world, owner } = desk;
    const [first, second] = [await world.team(), await world.team()];
    const ticket = await world.ticket();
    const late = await desk.overtaken(
      () => move(first, ticket.id),
      () => owner.delete(`/teams/${first}`),
    );
    expect(late).toMatchObject({ status: 422, body: { reason: 'team_archived' } });
    const archived = await desk.overtaken(
      () => owner.delete(`/teams/${second}`),
      () => move(second, ticket.id),
    );
    expect(archived).toMatchObject({ status: 409, body: { reason: 'team_in_use' } });
    const stranded = await desk.db.query(
      `select number from tickets join teams on teams.id in (primary_team_id, assignee_team_id) where archived_at is not null and is_active`,
    );
    expect(stranded).toEqual([]);
  });
});

test('the audit of a change names the grants that allowed it on that ticket, and keeps them when they end', async () => {
  const { support, billing } = desk.world.teams;
  const member = await desk.world.member();
  for (const teamId of [support, billing])
    await desk.world.grant(member, ['ticket.view_all', 'ticket.edit_fields'], { teamId });
  const grants = await desk.db.query<{ id: string; team: string }>(
    "select id, to_typeid('team', team_id) as team from principal_role_assignments where principal_id = $1",
    [idToUuid(member.id)],
  );
  const ticket = await desk.world.ticket({ primaryTeamId: support });
  await desk.told();
  expect((await (await desk.keyOf(member)).patch(`/tickets/${ticket.id}`, { priority: 'low' })).status).toBe(200);
  const { audit } = await desk.told();
  expect(audit).toMatchObject([{ granted_via: grants.flatMap(({ id, team }) => (team === support ? [id] : [])) }]);
});

test('an invitation by somebody who is removed meanwhile is not made', async () => {
  const { member, caller } = await desk.holder(['admin.manage_users', 'team.view']);
  const invited = await desk.overtaken(
    () => caller.post('/invitations', { email: 'late@customer.test', deliver: 'link' }),
    () => desk.owner.delete(`/members/${member.id}`),
  );
  expect(invited.status).toBe(401);
  expect(await desk.db.query("select id from invitation where email = 'late@customer.test'")).toEqual([]);
});

test('a change whose audit cannot be written is not made', async () => {
  const team = await desk.world.team();
  await desk.db.query(`create function refuse_audit() returns trigger language plpgsql as $$ begin raise 'the audit is full'; end $$;
    create trigger refuse_audit before insert on audit_events for each row execute function refuse_audit()`);
  await desk.told();
  const answer = await desk.owner.patch(`/teams/${team}`, { name: 'Never' });
  await desk.db.query('drop trigger refuse_audit on audit_events; drop function refuse_audit()');
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toContain('audit');
  expect(await desk.told()).toEqual({ events: [], audit: [] });
  expect((await desk.owner.get(`/teams/${team}`)).body.name).toBe('Another team');
});

test('no secret lies in any table, nor in the log', async () => {
  const { owner } = desk;
  const keyed = (n: number) => ({ 'idempotency-key': `secret ${n}`.replace(' ', '-') });
  const key = await owner.post('/api-keys', { name: 'Wall', scopes: ['team.view'] }, keyed(1));
  const rotated = await owner.post(`/api-keys/${key.body.id}/rotate`, {}, keyed(2));
  const hook = { name: 'Chat', url: 'https://hooks.example.com/in', types: ['ticket.created'] };
  const webhook = await owner.post('/webhooks', hook, keyed(3));
  const invited = await owner.post('/invitations', { email: 'eve@customer.test', deliver: 'link' }, keyed(4));
  const secrets = [
    key.body.token.slice(-40),
    rotated.body.token.slice(-40),
    webhook.body.secret.replace('whsec_', ''),
    invited.body.acceptUrl.slice(-40),
    owner.token.slice(-40),
  ];
  const tables = await desk.db.query<{ name: string }>(
    "select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  const text = tables.map(
    ({ name }) => `select '${name}' as name from public.${name} t where to_jsonb(t)::text like any ($1)`,
  );
  expect(await desk.db.query(text.join(' union all '), [secrets.map((secret) => `%${secret}%`)])).toEqual([]);
  const log = JSON.stringify(desk.worker.logs);
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
});
