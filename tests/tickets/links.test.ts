import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { upload } from '#tests/support/files.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

type TicketId = Id<'tkt'>;
const open = async (body: object = {}): Promise<TicketId> =>
  (await desk.owner.post('/tickets', { subject: 'Hello', ...body })).body.id;
const many = async (count: number): Promise<TicketId[]> => {
  const made: TicketId[] = [];
  for (let i = 0; i < count; i += 1) made.push(await open());
  return made;
};
const link = (from: TicketId, targetId: TicketId, kind = 'parent_of') =>
  desk.owner.post(`/tickets/${from}/links`, { targetId, kind });
const refusal = async (from: TicketId, to: TicketId, kind?: string) => {
  const { status, body } = await link(from, to, kind);
  return [status, body.reason];
};
const stored = () =>
  desk.db.query(
    "select to_typeid('tkt', source_id) as source, to_typeid('tkt', target_id) as target, kind from ticket_links order by id",
  );

describe('a link', () => {
  test('shows from both ends, is told on both tickets, and ends from either', async () => {
    const [parent, child] = (await many(2)) as [TicketId, TicketId];
    await desk.told();
    const made = await link(parent, child);
    expect([made.status, made.trips]).toEqual([201, 2]);
    expect(made.body).toMatchObject({ kind: 'parent_of', direction: 'source', other: { id: child } });
    const told = (await desk.told()).events.map(({ type, payload }) => [
      type,
      payload.ticket.id,
      payload.direction,
      payload.otherId,
    ]);
    expect(told.toSorted()).toEqual(
      [
        ['ticket.linked', parent, 'source', child],
        ['ticket.linked', child, 'target', parent],
      ].toSorted(),
    );
    expect((await desk.owner.get(`/tickets/${child}/links`)).body.data).toMatchObject([
      { id: made.body.id, direction: 'target', other: { id: parent } },
    ]);
    expect((await desk.owner.delete(`/tickets/${child}/links/${made.body.id}`)).status).toBe(204);
    expect((await desk.owner.get(`/tickets/${parent}/links`)).body.data).toEqual([]);
    expect((await desk.told()).events.map(({ type }) => type)).toEqual(['ticket.unlinked', 'ticket.unlinked']);
  });

  test('has no direction when two are only related, and is there once', async () => {
    const [a, b] = (await many(2)) as [TicketId, TicketId];
    expect((await link(a, b, 'related')).status).toBe(201);
    expect(await refusal(b, a, 'related')).toEqual([422, 'link_taken']);
    expect(await refusal(a, a, 'related')).toEqual([422, 'link_cycle']);
  });

  test('makes no ring, gives no second parent, and stands in five levels at most', async () => {
    const [a, b, c, d, e, f, g] = (await many(7)) as [
      TicketId,
      TicketId,
      TicketId,
      TicketId,
      TicketId,
      TicketId,
      TicketId,
    ];
    expect((await link(a, b)).status).toBe(201);
    expect((await link(b, c)).status).toBe(201);
    expect(await refusal(c, a)).toEqual([422, 'link_cycle']);
    expect(await refusal(d, c)).toEqual([422, 'link_taken']);
    expect((await link(d, e)).status).toBe(201);
    expect((await link(c, d)).status).toBe(201);
    expect(await refusal(e, f)).toEqual([422, 'link_depth']);
    expect(await refusal(g, a)).toEqual([422, 'link_depth']);
    expect((await link(g, a, 'problem_of')).status).toBe(201);
  });

  test('to a ticket out of sight is refused as to none, and left out of the list and of reach', async () => {
    const { world } = desk;
    const { caller } = await desk.holder(['ticket.view_team', 'ticket.edit_fields'], { teamId: world.teams.support });
    const [own, foreign] = [
      await open({ primaryTeamId: world.teams.support }),
      await open({ primaryTeamId: world.teams.billing }),
    ];
    const asked = await caller.post(`/tickets/${own}/links`, { targetId: foreign, kind: 'related' });
    const absent = await caller.post(`/tickets/${own}/links`, { targetId: world.newId('tkt'), kind: 'related' });
    for (const { status, body } of [asked, absent]) expect([status, body.reason]).toEqual([422, 'unknown_reference']);
    const made = await link(own, foreign, 'related');
    expect((await caller.get(`/tickets/${own}/links`)).body.data).toEqual([]);
    expect((await caller.delete(`/tickets/${own}/links/${made.body.id}`)).status).toBe(404);
    expect((await desk.owner.get(`/tickets/${own}/links`)).body.data).toHaveLength(1);
  });
});

describe('at once', () => {
  test('of three links that would form a ring one is refused, whatever the order', async () => {
    for (let round = 0; round < 4; round += 1) {
      const [a, b, c] = (await many(3)) as [TicketId, TicketId, TicketId];
      const answers = await Promise.all([link(a, b), link(b, c), link(c, a)]);
      const made = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status !== 201).map(({ body }) => body.reason);
      expect(made.length, JSON.stringify(refused)).toBe(2);
      expect(refused).toEqual(['link_cycle']);
    }
  });

  test('a ring that closes far above the two tickets loses its race', async () => {
    const [a, b, c, d] = (await many(4)) as [TicketId, TicketId, TicketId, TicketId];
    await link(a, b);
    await link(c, d);
    const late = await desk.overtaken(
      () => link(b, c),
      async () => expect((await link(d, a)).status).toBe(201),
    );
    expect([late.status, late.body.reason]).toEqual([422, 'link_cycle']);
  });

  test('two parents for one child leave it with one', async () => {
    const [a, b, child] = (await many(3)) as [TicketId, TicketId, TicketId];
    const answers = await Promise.all([link(a, child), link(b, child)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422]);
    expect((await stored()).filter(({ target }) => target === child)).toHaveLength(1);
  });
});

describe('the activity', () => {
  test('is paged newest first and follows the audience of what it is about', async () => {
    const { world } = desk;
    const reader = await desk.holder(['ticket.view_all']);
    const noter = await desk.holder(['ticket.view_all', 'ticket.comment_internal']);
    const ticket = await open({ inboxId: world.inboxes.help });
    const path = `/tickets/${ticket}`;
    await desk.owner.patch(path, { priority: 'high' });
    await desk.owner.post(`${path}/transition`, { category: 'pending' });
    await desk.db.query(
      `insert into ticket_activity (ticket_id, revision, type, audience, team_id, actor_kind, cause)
       values ($1, 4, 'message_edited', 'shared_team', $2, 'system', 'agent')`,
      [idToUuid(ticket), idToUuid(world.teams.support)],
    );
    const seen = async (caller: { get: typeof desk.owner.get }) =>
      (await caller.get(`${path}/activity`)).body.data.map(({ type }: { type: string }) => type);
    expect(await seen(reader.caller)).toEqual(['message_edited', 'status_changed', 'created']);
    const near = await desk.holder(['ticket.view_team'], { teamId: world.teams.support });
    expect(await seen(near.caller)).toEqual(['status_changed', 'created']);
    expect(await seen(noter.caller)).toEqual(['message_edited', 'status_changed', 'updated', 'created']);
    // Page by page: none is short, and none promises more than there is for its reader.
    for (const { caller } of [reader, near, noter]) {
      const walked: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await caller.get(`${path}/activity?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
        expect([page.trips, page.body.data.length]).toEqual([1, 1]);
        walked.push(page.body.data[0].type);
        cursor = page.body.page.next;
      }
      expect(walked).toEqual(await seen(caller));
    }
    expect((await noter.caller.get(`${path}/activity`)).body.data[2]).toMatchObject({
      actor: { kind: 'api_key', name: 'Test key' },
      changes: [{ field: 'priority', from: 'normal', to: 'high' }],
      version: 2,
    });
  });
});

test('files, people, shares and links between reading and saving never make an edit stale', async () => {
  const ticket = await desk.owner.post('/tickets', { subject: 'Hello' });
  const path = `/tickets/${ticket.body.id}`;
  await desk.owner.put(`${path}/participants`, { principalId: desk.world.agent.id, role: 'cc' });
  await desk.owner.put(`${path}/shares`, { teamId: desk.world.teams.billing, level: 'read' });
  await desk.owner.post(`${path}/links`, { targetId: await open(), kind: 'duplicate_of' });
  const file = (await upload(desk.worker, desk.owner.token, 'x')).body.id;
  const said = await desk.owner.post(`${path}/messages`, { body: 'See the log', attachmentIds: [file] });
  const gone = await desk.owner.delete(`${path}/attachments/${file}`);
  const edited = await desk.owner.patch(`${path}/messages/${said.body.message?.id}`, { body: 'See it' });
  expect([said.status, gone.status, edited.status]).toEqual([201, 204, 200]);
  const saved = await desk.owner.patch(path, { priority: 'high' }, { 'if-match': ticket.headers.get('etag') ?? '' });
  expect([saved.status, saved.body.version]).toEqual([200, 2]);
});

test('five hundred follow a ticket; whatever would add one more goes through without', async () => {
  const { world } = desk;
  const open500 = async (followers: number): Promise<Id<'tkt'>> => {
    const { id } = (await desk.owner.post('/tickets', { subject: 'Loud' })).body;
    await desk.db.query('delete from ticket_subscriptions where ticket_id = $1', [idToUuid(id)]);
    await desk.db.query(
      `with made as (insert into contacts (name, sort_name) select 'F', 'f' from generate_series(1, $2::int) returning id)
       insert into ticket_subscriptions (ticket_id, contact_id, source) select $1, id, 'auto_requester' from made`,
      [idToUuid(id), followers],
    );
    return id;
  };
  const follow = async (id: Id<'tkt'>) =>
    (await desk.db.query('select principal_id from ticket_subscriptions where ticket_id = $1', [idToUuid(id)])).length;
  const [full, near, source] = [await open500(500), await open500(499), await open500(0)];
  const ok = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer;
    expect(status, JSON.stringify(body)).toBeLessThan(300);
  };
  const as = { contactId: (await world.contact()).id };
  for (const id of [full, near]) {
    await ok(desk.owner.post(`/tickets/${id}/assign`, { assigneePrincipalId: world.agent.id }));
    await ok(desk.owner.patch(`/tickets/${id}`, { requester: as }));
    await ok(desk.owner.post(`/tickets/${id}/messages`, { body: 'Hello', as }));
    await ok(desk.owner.put(`/tickets/${id}/participants`, { contactId: (await world.contact()).id, role: 'cc' }));
    expect(await follow(id)).toBe(500);
  }
  for (const member of [await world.member(), await world.member()])
    await world.db.query(
      "insert into ticket_subscriptions (ticket_id, principal_id, source) values ($1, $2, 'auto_replied')",
      [idToUuid(source), idToUuid(member.id)],
    );
  const roomy = await open500(499);
  await ok(desk.owner.post(`/tickets/${roomy}/merge`, { sourceIds: [source] }));
  expect(await follow(roomy)).toBe(500);
  // Who is on it already comes back all the same.
  await desk.db.query('update ticket_subscriptions set unsubscribed_at = now() where ticket_id = $1', [idToUuid(near)]);
  await ok(desk.owner.post(`/tickets/${near}/assign`, { assigneePrincipalId: null }));
  await ok(desk.owner.post(`/tickets/${near}/assign`, { assigneePrincipalId: world.agent.id }));
  const back = await desk.db.query(
    'select principal_id from ticket_subscriptions where ticket_id = $1 and unsubscribed_at is null',
    [idToUuid(near)],
  );
  expect(back).toEqual([{ principal_id: idToUuid(world.agent.id) }]);
});
