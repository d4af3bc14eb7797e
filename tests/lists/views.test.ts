import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import type { Member } from '#tests/support/world.ts';

let desk: AccessDesk;
let agent: { member: Member; caller: Caller };
let other: { member: Member; caller: Caller };
beforeAll(async () => {
  desk = await openAccessDesk();
  agent = await desk.holder(['ticket.view_team']);
  other = await desk.holder([...TICKET_VIEWS]);
  await desk.db.query('insert into team_memberships (team_id, principal_id) values ($1, $2)', [
    idToUuid(desk.world.teams.support),
    idToUuid(agent.member.id),
  ]);
});
afterAll(() => desk.close());

const ok = (answer: Answered): Answered['body'] => {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};
const refusal = ({ status, body }: Answered) => [status, body.reason ?? body.code];
const names = (answer: Answered): string[] => ok(answer).data.map(({ name }: { name: string }) => name);
const view = (name: string, more: Record<string, unknown> = {}) => ({ name, ...more });

test('a private view is its owner’s alone; what is for others needs view.manage where it is offered', async () => {
  const { support, billing } = desk.world.teams;
  const mine = ok(await agent.caller.post('/views', view('Mine', { filter: { assignee: 'me' } })));
  expect(mine).toMatchObject({ audience: 'private', teamId: null, sort: '-lastActivity', stale: false, version: 1 });
  for (const [method, path] of [
    ['get', ''],
    ['delete', ''],
    ['get', '/tickets'],
    ['get', '/count'],
  ] as const)
    expect((await other.caller[method](`/views/${mine.id}${path}`)).status, path).toBe(404);
  expect(refusal(await agent.caller.post('/views', view('All', { audience: 'everyone' })))).toEqual([
    403,
    'missing_permission',
  ]);
  expect(refusal(await agent.caller.post('/views', view('Team', { audience: 'team', teamId: support })))).toEqual([
    403,
    'missing_permission',
  ]);
  const lead = await desk.holder(['ticket.view_team', 'view.manage'], { teamId: support });
  ok(await lead.caller.post('/views', view('Support', { audience: 'team', teamId: support, position: 1 })));
  expect(refusal(await lead.caller.post('/views', view('Billing', { audience: 'team', teamId: billing })))).toEqual([
    403,
    'missing_permission',
  ]);
  ok(await desk.owner.post('/views', view('Everybody', { audience: 'everyone', position: 2 })));
  expect(names(await agent.caller.get('/views'))).toEqual(['Mine', 'Support', 'Everybody']);
  expect(names(await other.caller.get('/views'))).toEqual(['Everybody']);
  expect(refusal(await agent.caller.patch(`/views/${mine.id}`, { audience: 'everyone' }))).toEqual([
    403,
    'missing_permission',
  ]);
});

test('a view is the list of whoever looks: me and myTeams are theirs, and so is what is in sight', async () => {
  const { world } = desk;
  const ours = await world.ticket({ primaryTeamId: world.teams.support });
  const theirs = await world.ticket({ primaryTeamId: world.teams.billing, assigneePrincipalId: other.member.id });
  const shared = ok(
    await desk.owner.post(
      '/views',
      view('Work', { audience: 'everyone', filter: { team: 'myTeams' }, sort: 'created' }),
    ),
  );
  const assigned = ok(
    await desk.owner.post('/views', view('Me', { audience: 'everyone', filter: { assignee: 'me' } })),
  );
  const found = async (by: Caller, id: string): Promise<string[]> => {
    const answer = await by.get(`/views/${id}/tickets`);
    const count = ok(await by.get(`/views/${id}/count`));
    const list = ok(answer).data.map((ticket: { id: string }) => ticket.id);
    expect(count).toEqual({ count: list.length, capped: false });
    return list;
  };
  expect(await found(agent.caller, shared.id)).toEqual([ours.id]);
  expect(await found(other.caller, shared.id)).toEqual([]);
  expect(await found(agent.caller, assigned.id)).toEqual([]);
  expect(await found(other.caller, assigned.id)).toEqual([theirs.id]);
});

test('a view that the process has met is one round trip, and a filter that has changed meanwhile is found out', async () => {
  const { world } = desk;
  const contact = (await world.contact()).id;
  const low = (await world.ticket({ requesterContactId: contact, priority: 'low' })).id;
  const urgent = (await world.ticket({ requesterContactId: contact, priority: 'urgent' })).id;
  const filter = { requester: contact, priority: 'low' };
  const { id } = ok(await desk.owner.post('/views', view('Met', { audience: 'everyone', filter })));
  const asked = async (path: string): Promise<[number, unknown]> => {
    const answer = await desk.owner.get(`/views/${id}/${path}`);
    return [
      answer.trips,
      ok(answer).count ?? answer.body.data.map((ticket: { id: string; priority: string }) => ticket.id),
    ];
  };
  expect(await asked('tickets')).toEqual([2, [low]]);
  expect(await asked('tickets')).toEqual([1, [low]]);
  expect(await asked('count')).toEqual([1, 1]);
  // By another process: this one is told of nothing.
  await desk.db.query(
    `update saved_views set filter = filter || '{"priority": "urgent"}', version = version + 1 where name = 'Met'`,
  );
  expect(await asked('tickets')).toEqual([2, [urgent]]);
  expect(await asked('tickets')).toEqual([1, [urgent]]);
  const none = await desk.holder(['org.view']);
  expect((await none.caller.get(`/views/${id}/tickets`)).status).toBe(404);
  const blind = await desk.holder(['ticket.view_assigned']);
  expect(ok(await blind.caller.get(`/views/${id}/tickets`)).data).toEqual([]);
  await desk.db.query(`delete from saved_views where name = 'Met'`);
  expect((await desk.owner.get(`/views/${id}/tickets`)).status).toBe(404);
});

test('a count ends at 1,000 and says so; pages of a view go on where they were', async () => {
  const { world } = desk;
  await desk.db.query(
    `insert into tickets (number, subject, status_id, status_category, priority, last_activity_at, last_public_at)
     select nextval('ticket_number_seq'), 'Row ' || n, $1, 'open', 'urgent', now(), now() from generate_series(1, 1005) n`,
    [idToUuid(world.statuses.open)],
  );
  const all = ok(await desk.owner.post('/views', view('Urgent', { filter: { priority: 'urgent', q: '' } })));
  expect(ok(await desk.owner.get(`/views/${all.id}/count`))).toEqual({ count: 1000, capped: true });
  const first = ok(await desk.owner.get(`/views/${all.id}/tickets?limit=200`));
  const second = ok(await desk.owner.get(`/views/${all.id}/tickets?limit=200&cursor=${first.page.next}`));
  const seen = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
  expect(new Set(seen).size).toBe(400);
  ok(await desk.owner.patch(`/views/${all.id}`, { filter: { priority: 'urgent,high' } }));
  expect(refusal(await desk.owner.get(`/views/${all.id}/tickets?cursor=${first.page.next}`))).toEqual([
    400,
    'cursor_mismatch',
  ]);
});

test('what a filter names may go: then it matches nothing, and the view says that it is stale', async () => {
  const team = await desk.world.team();
  const made = ok(await desk.owner.post('/views', view('Gone', { filter: { team, tag: 'never,seen' } })));
  expect(made.stale).toBe(false);
  await desk.db.query('delete from teams where id = $1', [idToUuid(team)]);
  expect(ok(await desk.owner.get(`/views/${made.id}`)).stale).toBe(true);
  expect(ok(await desk.owner.get(`/views/${made.id}/tickets`)).data).toEqual([]);
  expect(ok(await desk.owner.patch(`/views/${made.id}`, { filter: {} })).stale).toBe(false);
});

test('changing one follows the rules of versions, and leaves its trace', async () => {
  const made = ok(await desk.owner.post('/views', view('Draft', { columns: ['subject'] })));
  await desk.told();
  const same = await desk.owner.patch(`/views/${made.id}`, { name: 'Draft', columns: ['subject'], filter: {} });
  expect([ok(same).version, same.trips]).toEqual([1, 1]);
  const changed = await desk.owner.patch(`/views/${made.id}`, { name: 'Done' }, { 'if-match': '"1"' });
  expect([ok(changed).version, changed.trips, changed.headers.get('etag')]).toEqual([2, 2, '"2"']);
  expect(refusal(await desk.owner.patch(`/views/${made.id}`, { name: 'Lost' }, { 'if-match': '"1"' }))).toEqual([
    412,
    'stale_version',
  ]);
  ok(await desk.owner.delete(`/views/${made.id}`));
  expect((await desk.owner.get(`/views/${made.id}`)).status).toBe(404);
  const { audit, events } = await desk.told();
  expect(audit.map(({ action, changes }) => [action, Object.keys(changes)])).toEqual([
    ['view.updated', ['name']],
    ['view.deleted', expect.arrayContaining(['name'])],
  ]);
  expect(events).toEqual([]);
});

test('what no list takes is kept in no view', async () => {
  for (const [body, pointer] of [
    [view('X', { filter: { colour: 'red' } }), '/filter/colour'],
    [view('X', { filter: { priority: 'huge' } }), '/filter/priority/0'],
    [view('X', { filter: { limit: '5' } }), '/filter/limit'],
    [view('X', { filter: { sort: 'created' } }), '/filter/sort'],
    [view('X', { filter: { team: 'ticket_1' } }), '/filter/team/0'],
    [view('X', { audience: 'team' }), ''],
    [
      view('X', { filter: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`field.f${i}`, 'x'.repeat(490)])) }),
      '/filter',
    ],
  ] as const) {
    const answer = await desk.owner.post('/views', body);
    expect([answer.status, answer.body.errors?.[0]?.pointer], JSON.stringify(answer.body)).toEqual([400, pointer]);
  }
  expect(refusal(await desk.owner.post('/views', view('X', { sort: 'waiting' })))).toEqual([400, 'sort_needs_active']);
  ok(await desk.owner.post('/views', view('X', { sort: 'waiting', filter: { statusCategory: 'open' } })));
  const absent = desk.world.newId('team');
  expect(refusal(await desk.owner.post('/views', view('X', { audience: 'team', teamId: absent })))).toEqual([
    422,
    'unknown_reference',
  ]);
});

test('somebody keeps fifty views of their own, the workspace two hundred shared ones', async () => {
  const { caller, member } = await desk.holder(['ticket.view_all', 'view.manage']);
  await desk.db.query(
    `insert into saved_views (name, audience, owner_principal_id) select 'Own ' || n, 'private', $1 from generate_series(1, 50) n`,
    [idToUuid(member.id)],
  );
  expect(refusal(await caller.post('/views', view('One more')))).toEqual([422, 'limit_reached']);
  const shared = ok(await caller.post('/views', view('Shared', { audience: 'everyone' })));
  await desk.db.query(
    `insert into saved_views (name, audience) select 'Shared ' || n, 'everyone' from generate_series(1, 200) n`,
  );
  expect(refusal(await caller.post('/views', view('One more', { audience: 'everyone' })))).toEqual([
    422,
    'limit_reached',
  ]);
  expect(refusal(await caller.patch(`/views/${shared.id}`, { audience: 'private' }))).toEqual([422, 'limit_reached']);
  ok(await caller.patch(`/views/${shared.id}`, { name: 'Renamed' }));
});
