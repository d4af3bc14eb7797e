import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const open = async (body: object = {}) => (await desk.owner.post('/tickets', { subject: 'Hello', ...body })).body;
const types = async () => (await desk.told()).events.map(({ type }) => type);

/** Who follows a ticket and why, as the rows say. */
const followers = async (ticketId: Id<'tkt'>) =>
  (
    await desk.db.query<{ who: string; source: string; live: boolean }>(
      `select coalesce(to_typeid('prin', principal_id), to_typeid('contact', contact_id)) as who, source,
         unsubscribed_at is null and (muted_at is null or muted_until < now()) as live from ticket_subscriptions where ticket_id = $1 order by created_at, source`,
      [idToUuid(ticketId)],
    )
  ).map(({ who, source, live }) => [who, source, live]);

/** Ticket, people, shares, links and what is told of them, as one comparable text. */
async function traces(ticketId: Id<'tkt'>): Promise<string> {
  const tables = ['ticket_participants', 'ticket_shares', 'ticket_activity', 'ticket_subscriptions'];
  const rows = await Promise.all([
    desk.db.query('select * from tickets where id = $1', [idToUuid(ticketId)]),
    desk.db.query('select * from ticket_links order by id'),
    ...tables.map((table) =>
      desk.db.query(`select * from ${table} where ticket_id = $1 order by 1`, [idToUuid(ticketId)]),
    ),
    desk.db.query('select count(*) from audit_events'),
    desk.db.query('select count(*) from events'),
  ]);
  return JSON.stringify(rows);
}

describe('participants', () => {
  test('are put by subject: new, another role, the same; staff who take part see the ticket, and follow it', async () => {
    const { member, caller } = await desk.holder(['ticket.view_assigned']);
    const ticket = await open();
    const path = `/tickets/${ticket.id}`;
    expect((await caller.get(path)).status).toBe(404);
    await desk.told();
    const put = (role: string) => desk.owner.put(`${path}/participants`, { principalId: member.id, role });
    const made = await put('watcher');
    expect([made.status, made.body, made.trips]).toEqual([
      201,
      {
        id: made.body.id,
        principalId: member.id,
        contactId: null,
        name: member.name,
        role: 'watcher',
        createdAt: made.body.createdAt,
      },
      2,
    ]);
    expect((await caller.get(path)).status).toBe(200);
    expect(await followers(ticket.id)).toEqual([[member.id, 'auto_participant', true]]);
    const moved = await put('collaborator');
    expect([moved.status, moved.body]).toEqual([200, { ...made.body, role: 'collaborator' }]);
    const before = await traces(ticket.id);
    expect([(await put('collaborator')).status, await traces(ticket.id)]).toEqual([200, before]);
    expect((await desk.owner.get(`${path}/participants`)).body.data).toEqual([moved.body]);
    expect((await desk.owner.delete(`${path}/participants/${made.body.id}`)).status).toBe(204);
    expect((await caller.get(path)).status).toBe(404);
    expect(await followers(ticket.id)).toEqual([[member.id, 'auto_participant', false]]);
    expect(await types()).toEqual([
      'ticket.participant_added',
      'ticket.participant_added',
      'ticket.participant_removed',
    ]);
  });

  test('the requester is none, nor is a suspended member, nor more than fifty', async () => {
    const contact = await desk.world.contact();
    const ticket = await open({ requester: { contactId: contact.id } });
    const put = async (subject: object) => {
      const { status, body } = await desk.owner.put(`/tickets/${ticket.id}/participants`, { ...subject, role: 'cc' });
      return [status, body.reason];
    };
    expect(await put({ contactId: contact.id })).toEqual([409, 'already_assigned']);
    const member = await desk.world.member({ role: 'agent' });
    await desk.db.query("update principal set member_state = 'suspended' where id = $1", [idToUuid(member.id)]);
    expect(await put({ principalId: member.id })).toEqual([422, 'unknown_reference']);
    for (let i = 0; i < 50; i += 1) {
      const { id } = await desk.world.contact();
      await desk.db.query(
        "insert into ticket_participants (ticket_id, contact_id, role, actor_kind) values ($1, $2, 'cc', 'system')",
        [idToUuid(ticket.id), idToUuid(id)],
      );
    }
    expect(await put({ contactId: (await desk.world.contact()).id })).toEqual([422, 'limit_reached']);
  });

  test('a replaced requester is out, or stays as cc; whoever rises to requester is a participant no more', async () => {
    const [first, second, third] = [
      await desk.world.contact('One'),
      await desk.world.contact('Two'),
      await desk.world.contact('Three'),
    ];
    const ticket = await open({
      requester: { contactId: first.id },
      participants: [{ contactId: second.id, role: 'watcher' }],
    });
    const path = `/tickets/${ticket.id}`;
    const seats = async () =>
      (await desk.owner.get(`${path}/participants`)).body.data.map(({ contactId, role }: Record<string, string>) => [
        contactId,
        role,
      ]);
    expect(await seats()).toEqual([[second.id, 'watcher']]);
    const kept = await desk.owner.patch(path, { requester: { contactId: second.id }, keepPrevious: 'cc' });
    expect([kept.body.requester.contactId, kept.body.version, await seats()]).toEqual([
      second.id,
      2,
      [[first.id, 'cc']],
    ]);
    await desk.owner.patch(path, { requester: { contactId: third.id } });
    expect(await seats()).toEqual([[first.id, 'cc']]);
    expect(Object.fromEntries((await followers(ticket.id)).map(([who, , live]) => [who, live]))).toEqual({
      [first.id]: true,
      [second.id]: false,
      [third.id]: true,
    });
    const met = await desk.owner.patch(path, { requester: { email: 'New.Face@customer.test', name: 'New' } });
    expect([met.status, met.body.requester.name]).toEqual([200, 'New']);
    expect((await desk.owner.patch(path, { requester: null })).body.requester).toBeNull();
  });
});

describe('shares', () => {
  const shared = async (ticketId: string, body: object) => desk.owner.put(`/tickets/${ticketId}/shares`, body);

  test('let a team see the ticket at a level; a level changes, a share ends, and ends again as nothing', async () => {
    const { world } = desk;
    const member = await world.member({ teams: [world.teams.billing] });
    await world.grant(member, ['ticket.view_shared', 'ticket.comment_internal', 'ticket.edit_fields']);
    const caller = await desk.keyOf(member);
    const ticket = await open({ inboxId: world.inboxes.help });
    const path = `/tickets/${ticket.id}`;
    const edit = async () => (await caller.patch(path, { priority: 'high' })).status;
    expect(await edit()).toBe(404);
    const made = await shared(ticket.id, { teamId: world.teams.billing, level: 'read' });
    expect([made.status, made.trips, await edit()]).toEqual([201, 2, 403]);
    const raised = await shared(ticket.id, { teamId: world.teams.billing, level: 'full' });
    expect([raised.status, raised.body.id, await edit()]).toEqual([200, made.body.id, 200]);
    await desk.told();
    expect((await desk.owner.delete(`${path}/shares/${made.body.id}`)).status).toBe(204);
    expect((await desk.told()).events.map(({ type, payload }) => [type, payload.previous])).toEqual([
      ['ticket.unshared', 'full'],
    ]);
    const before = await traces(ticket.id);
    expect((await desk.owner.delete(`${path}/shares/${made.body.id}`)).status).toBe(204);
    expect([await traces(ticket.id), await edit()]).toEqual([before, 404]);
    expect((await desk.owner.get(`${path}/shares`)).body.data).toEqual([]);
  });

  test('twice at once make one share and one event', async () => {
    const ticket = await open();
    await desk.told();
    const body = { teamId: desk.world.teams.billing, level: 'comment' };
    const both = await Promise.all([shared(ticket.id, body), shared(ticket.id, body)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 201]);
    expect((await desk.owner.get(`/tickets/${ticket.id}/shares`)).body.data).toHaveLength(1);
    expect(await types()).toEqual(['ticket.shared']);
  });

  test('not with the team whose it is, nor an archived one, nor with more than twenty', async () => {
    const { world } = desk;
    const ticket = await open({ primaryTeamId: world.teams.support });
    const reason = async (teamId: string) => (await shared(ticket.id, { teamId, level: 'read' })).body.reason;
    expect(await reason(world.teams.support)).toBe('team_already_has_access');
    const old = await world.team();
    await desk.db.query('update teams set archived_at = now() where id = $1', [idToUuid(old)]);
    expect(await reason(old)).toBe('team_archived');
    expect(await reason(world.newId('team'))).toBe('unknown_reference');
    for (let i = 0; i < 20; i += 1) expect(await reason(await world.team())).toBeUndefined();
    expect(await reason(await world.team())).toBe('limit_reached');
  });
});

describe('a subscription', () => {
  test('is refused as one too many, and changed as before by who has one', async () => {
    const { id } = await open();
    await desk.db.query(
      `with made as (insert into contacts (name, sort_name) select 'F', 'f' from generate_series(1, 500) returning id)
       insert into ticket_subscriptions (ticket_id, contact_id, source) select $1, id, 'auto_participant' from made`,
      [idToUuid(id)],
    );
    const path = `/tickets/${id}/subscription`;
    const put = async (messages: boolean) => (await desk.owner.put(path, { notify: { messages } })).status;
    expect(await put(true)).toBe(422);
    await desk.db.query('delete from ticket_subscriptions where contact_id is not null');
    expect([await put(true), await put(false)]).toEqual([200, 200]);
  });

  test('begins by creation, assignment and reply; one that muted or left is told nothing anew but by an assignment', async () => {
    const { agent } = desk.world;
    const contact = await desk.world.contact();
    const ticket = await open({
      requester: { contactId: contact.id },
      assigneePrincipalId: agent.id,
      inboxId: desk.world.inboxes.help,
    });
    expect(await followers(ticket.id)).toEqual([
      [agent.id, 'auto_assigned', true],
      [contact.id, 'auto_requester', true],
    ]);
    const path = `/tickets/${ticket.id}`;
    await desk.owner.post(`${path}/messages`, { body: 'Hello', as: { principalId: desk.world.owner.id } });
    expect(await followers(ticket.id)).toContainEqual([desk.world.owner.id, 'auto_replied', true]);

    const mine = await desk.keyOf(agent);
    const live = async () => (await followers(ticket.id)).find(([who]) => who === agent.id)?.[2];
    const assign = async () => {
      await desk.owner.post(`${path}/assign`, { assigneePrincipalId: null });
      await desk.owner.post(`${path}/assign`, { assigneePrincipalId: agent.id });
    };
    expect((await mine.delete(`${path}/subscription`)).status).toBe(204);
    await desk.owner.post(`${path}/messages`, { body: 'Hello', as: { principalId: agent.id } });
    expect(await live()).toBe(false);
    await assign();
    expect(await live()).toBe(true);
    await mine.post(`${path}/subscription/mute`, {});
    await mine.delete(`${path}/subscription`);
    await assign();
    expect(await live()).toBe(false);
    await desk.db.query(
      "update ticket_subscriptions set muted_until = now() - interval '1 second' where muted_at is not null",
    );
    await assign();
    expect(await live()).toBe(true);
  });

  test('is set by flags, which makes it one’s own and ends a mute; nothing of it shows on the ticket', async () => {
    const { caller } = await desk.holder(['ticket.view_all']);
    const ticket = await open();
    const path = `/tickets/${ticket.id}/subscription`;
    const before = (await desk.owner.get(`/tickets/${ticket.id}`)).body;
    expect((await caller.get(path)).body).toMatchObject({
      subscribed: false,
      source: null,
      notify: { messages: true, shares: false },
    });
    const until = new Date(Date.now() + 60_000).toISOString();
    expect((await caller.post(`${path}/mute`, { until })).body).toMatchObject({ mutedUntil: until, source: 'manual' });
    const set = await caller.put(path, { notify: { shares: true, messages: false } });
    expect(set.body).toMatchObject({
      subscribed: true,
      mutedAt: null,
      mutedUntil: null,
      notify: { messages: false, shares: true, fields: true },
    });
    expect((await caller.post(`${path}/mute`, { until: '2020-01-01T00:00:00Z' })).body.reason).toBe('out_of_range');
    await caller.post(`${path}/mute`, {});
    expect((await caller.post(`${path}/unmute`, undefined)).body).toEqual(set.body);
    expect((await caller.get(path)).body).toEqual(set.body);
    const stored = await traces(ticket.id);
    expect([(await caller.put(path, {})).trips, await traces(ticket.id)]).toEqual([1, stored]);
    expect((await desk.owner.get(path)).body.subscribed).toBe(false);
    expect((await desk.owner.get(`/tickets/${ticket.id}`)).body).toEqual(before);
  });
});

describe('what hangs on a ticket', () => {
  test('a child of another ticket is 404 on every path, and nothing changes', async () => {
    const [one, other] = [await open(), await open()];
    await desk.owner.put(`/tickets/${other.id}/participants`, { principalId: desk.world.agent.id, role: 'cc' });
    await desk.owner.put(`/tickets/${other.id}/shares`, { teamId: desk.world.teams.billing, level: 'read' });
    await desk.owner.post(`/tickets/${other.id}/links`, { targetId: (await open()).id, kind: 'related' });
    const seat = await desk.owner.put(`/tickets/${one.id}/participants`, {
      principalId: desk.world.agent.id,
      role: 'cc',
    });
    const share = await desk.owner.put(`/tickets/${one.id}/shares`, {
      teamId: desk.world.teams.billing,
      level: 'read',
    });
    const link = await desk.owner.post(`/tickets/${one.id}/links`, { targetId: (await open()).id, kind: 'related' });
    const before = [await traces(one.id), await traces(other.id)];
    for (const [path, child] of [
      ['participants', seat],
      ['shares', share],
      ['links', link],
    ] as const) {
      expect([child.status, (await desk.owner.delete(`/tickets/${other.id}/${path}/${child.body.id}`)).status]).toEqual(
        [201, 404],
      );
    }
    expect([await traces(one.id), await traces(other.id)]).toEqual(before);
  });
});
