import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { askVerb } from '#tests/support/ask-verb.ts';

let desk: AccessDesk;
let ada: Caller;
let me: Id<'prin'>;

beforeAll(async () => {
  desk = await openAccessDesk();
  const member = await desk.world.member({ role: 'owner' });
  me = member.id;
  ada = await desk.keyOf(member);
});
afterAll(() => desk.close());

interface Asked {
  path: string;
  id: Id<'tkt'>;
  as: { contactId: Id<'contact'> };
}

async function asked(fields: Parameters<typeof desk.world.ticket>[0] = {}): Promise<Asked> {
  const contact = await desk.world.contact();
  const { id } = await desk.world.ticket({ ...fields, requesterContactId: contact.id });
  return { id, path: `/tickets/${id}`, as: { contactId: contact.id } };
}

const move = ({ path }: Asked, category: string) => ada.post(`${path}/transition`, { category });
const reply = ({ path, as }: Asked, body = 'It is back.') => ada.post(`${path}/messages`, { body, as });
const settings = (set: string) => desk.db.query(`update ticket_settings set ${set}`);
const followUpsOf = ({ id }: Asked) =>
  desk.db.query<{ id: string; messages: number }>(
    `select to_typeid('tkt', source_id) as id, (select count(*)::int from ticket_messages where ticket_id = source_id) as messages
     from ticket_links where target_id = $1 and kind = 'follow_up'`,
    [idToUuid(id)],
  );

describe('a customer’s reply', () => {
  test.each([
    ['pending', 0],
    ['on_hold', 0],
    ['solved', 1],
  ])('opens what is %s, which counts %i reopenings', async (category, reopenCount) => {
    const ticket = await asked();
    await move(ticket, category);
    await desk.told();
    const answer = await reply(ticket);
    expect(answer).toMatchObject({
      status: 201,
      trips: 2,
      body: { followUpOf: null, ticket: { status: { category: 'open' }, reopenCount, wakeAt: null, solvedAt: null } },
    });
    const { events } = await desk.told();
    expect(events.map(({ type, payload }) => [type, payload.cause, payload.reopened])).toEqual([
      ['ticket.message_added', undefined, undefined],
      ['ticket.status_changed', 'customer_reply', category === 'solved'],
    ]);
  });

  test('opens into the default status of the inbox, as long as that is an open one', async () => {
    const { help } = desk.world.inboxes;
    const triage = desk.world.newId('tstat');
    await desk.db.query(
      "insert into ticket_statuses (id, name, slug, color, category) values ($1, 'Triage', 'triage', '#112233', 'open')",
      [idToUuid(triage)],
    );
    const inboxDefault = (id: Id<'tstat'> | null) =>
      desk.db.query('update inboxes set default_status_id = $1 where id = $2', [
        id === null ? null : idToUuid(id),
        idToUuid(help),
      ]);
    const ticket = await asked({ inboxId: help });
    for (const [status, expected] of [
      [triage, triage],
      [desk.world.statuses.pending, desk.world.statuses.open],
    ] as const) {
      await inboxDefault(status);
      await move(ticket, 'solved');
      expect((await reply(ticket)).body.ticket.status.id).toBe(expected);
    }
    await inboxDefault(null);
  });

  test('reopens at the last millisecond of the window; the next one makes a follow-up', async () => {
    await settings('reopen_window_days = 7');
    const solvedAt = new Date('2026-11-02T09:00:00.000Z');
    const over = {
      statusId: desk.world.statuses.solved,
      statusCategory: 'solved',
      customerWaitingSince: null,
    } as const;
    const at = async (ms: number) => {
      const ticket = await asked({ ...over, solvedAt, firstSolvedAt: solvedAt });
      const { token } = await desk.world.keyFor(PERMISSION_KEYS);
      const input = { ticketId: ticket.id, body: 'Again', audience: 'public', as: ticket.as } as const;
      const now = new Date(solvedAt.getTime() + 7 * 86_400_000 + ms);
      return (await askVerb(desk.db.url, token, postMessage, input, now)).output.followUpOf === null;
    };
    expect([await at(0), await at(1)]).toEqual([true, false]);
    await settings('reopen_window_days = null');
  });

  test('to a closed ticket opens a follow-up that goes on with it', async () => {
    const ticket = await asked({ priority: 'urgent', visibility: 'private', inboxId: desk.world.inboxes.invoices });
    await desk.db.query(
      "insert into ticket_fields (applies_to, key, type, label, portal) values ('ticket', 'device', 'text', 'Device', 'editable'), ('ticket', 'cost', 'text', 'Cost', 'hidden')",
    );
    await desk.db.query('update tickets set custom_fields = \'{"device": "phone", "cost": "9"}\' where id = $1', [
      idToUuid(ticket.id),
    ]);
    await desk.db.query(
      "with tag as (insert into ticket_tags (name) values ('vip') returning id) insert into ticket_tag_links select $1, id from tag",
      [idToUuid(ticket.id)],
    );
    await move(ticket, 'closed');
    await desk.told();
    const answer = await reply(ticket);
    expect(answer).toMatchObject({
      status: 201,
      trips: 2,
      body: {
        followUpOf: ticket.id,
        message: { seq: 1, isOpening: true, author: { kind: 'customer' } },
        ticket: { visibility: 'private', inboxId: desk.world.inboxes.invoices, status: { category: 'open' } },
      },
    });
    const { events } = await desk.told();
    expect(events.map(({ type, payload }) => [type, payload.source])).toEqual([
      ['ticket.created', { kind: 'follow_up', ticketId: ticket.id, number: expect.any(Number) }],
    ]);
    const [made] = await desk.db.query(
      `select custom_fields, (select array_agg(name) from ticket_tags g join ticket_tag_links l on l.tag_id = g.id where l.ticket_id = t.id) as tags
       from tickets t where id = $1`,
      [idToUuid(answer.body.ticket.id)],
    );
    expect(made).toEqual({ custom_fields: { device: 'phone' }, tags: ['vip'] });
    expect((await ada.get(ticket.path)).body).toMatchObject({ status: { category: 'closed' }, version: 2 });
    await desk.db.query('delete from ticket_fields');
  });

  test('whose follow-up comes to a team or status that goes at that moment lands with what is left', async () => {
    const team = await desk.world.team();
    const ticket = await asked({ primaryTeamId: team });
    await move(ticket, 'closed');
    const placed = await desk.overtaken(
      () => reply(ticket),
      () =>
        desk.db.query('update teams set archived_at = now(), revision = revision + 1 where id = $1', [idToUuid(team)]),
    );
    expect(placed).toMatchObject({ status: 201, body: { followUpOf: ticket.id, ticket: { primaryTeamId: null } } });
    const own = desk.world.newId('tstat');
    await desk.db.query(
      `insert into ticket_statuses (id, name, slug, color, category, position) values ($1, 'Mine', 'mine', '#112233', 'open', 20)`,
      [idToUuid(own)],
    );
    await desk.db.query('update inboxes set default_status_id = $1 where id = $2', [
      idToUuid(own),
      idToUuid(desk.world.inboxes.help),
    ]);
    const created = await desk.overtaken(
      () => ada.post('/tickets', { subject: 'New', inboxId: desk.world.inboxes.help }),
      () => desk.db.query('update ticket_statuses set deleted_at = now() where id = $1', [idToUuid(own)]),
    );
    expect(created).toMatchObject({ status: 201, body: { status: { id: desk.world.statuses.open } } });
    await desk.db.query('update inboxes set default_status_id = null');
  });

  test('twice at once to a closed ticket makes one follow-up with two messages, and a third joins it', async () => {
    const ticket = await asked();
    await move(ticket, 'closed');
    await desk.overtaken(
      () => reply(ticket, 'One'),
      () => reply(ticket, 'Two'),
    );
    await Promise.all([reply(ticket, 'Three'), reply(ticket, 'Four')]);
    const [followUp, ...others] = await followUpsOf(ticket);
    expect([followUp?.messages, others]).toEqual([4, []]);
    await ada.post(`/tickets/${followUp?.id}/transition`, { category: 'solved' });
    expect((await reply(ticket)).body.ticket).toMatchObject({ id: followUp?.id, status: { category: 'open' } });
    await ada.post(`/tickets/${followUp?.id}/transition`, { category: 'closed' });
    expect((await reply(ticket)).body.ticket.id).not.toBe(followUp?.id);
    expect(await followUpsOf(ticket)).toHaveLength(2);
  });

  test('is refused, or reopens, where the nearest setting says so', async () => {
    const { help } = desk.world.inboxes;
    const inbox = (json: string) =>
      desk.db.query('update inboxes set ticket_overrides = $1::jsonb where id = $2', [json, idToUuid(help)]);
    const ticket = await asked({ inboxId: help });
    await move(ticket, 'closed');
    await settings("on_closed_reply = 'reopen'");
    await inbox('{"onClosedReply": "refuse"}');
    expect(await reply(ticket)).toMatchObject({ status: 409, body: { reason: 'ticket_closed' } });
    await inbox('{"reopenWindowDays": 0}');
    expect((await reply(ticket)).body.followUpOf).toBe(ticket.id);
    await inbox('{}');
    const again = await asked({ inboxId: help });
    await move(again, 'closed');
    expect((await reply(again)).body.ticket).toMatchObject({ id: again.id, reopenCount: 1 });
    await settings("on_closed_reply = 'follow_up'");
  });

  test('by a cc opens a follow-up of the same requester, in which the cc takes part', async () => {
    const ticket = await asked();
    const cc = await desk.world.contact('Carl Cc');
    await desk.db.query(
      "insert into ticket_participants (ticket_id, contact_id, role, actor_kind) values ($1, $2, 'cc', 'system')",
      [idToUuid(ticket.id), idToUuid(cc.id)],
    );
    await move(ticket, 'closed');
    const { body } = await reply({ ...ticket, as: { contactId: cc.id } });
    expect(body.ticket.requester.contactId).toBe(ticket.as.contactId);
    const followers = await desk.db.query(
      'select source from ticket_subscriptions where ticket_id = $1 and contact_id = any ($2) order by source',
      [idToUuid(body.ticket.id), [idToUuid(cc.id), idToUuid(ticket.as.contactId)]],
    );
    expect(followers.map(({ source }) => source)).toEqual(['auto_replied', 'auto_requester']);
    expect((await reply({ ...ticket, path: `/tickets/${body.ticket.id}`, as: { contactId: cc.id } })).status).toBe(201);
  });
});

test('a reply joins no ticket that has another requester, though it goes on with the closed one', async () => {
  const ticket = await asked();
  await move(ticket, 'closed');
  const { id } = (await reply(ticket)).body.ticket;
  const other = await desk.world.contact('Eve');
  await ada.patch(`/tickets/${id}`, { requester: { contactId: other.id } });
  const again = (await reply(ticket)).body.ticket;
  expect(again).toMatchObject({ requester: { contactId: ticket.as.contactId } });
  expect((await reply(ticket)).body.ticket.id).toBe(again.id);
  const [closed, foreign] = [await asked(), await asked({ subject: 'Of somebody else' })];
  await move(closed, 'closed');
  const linked = await ada.post(`${foreign.path}/links`, { targetId: closed.id, kind: 'follow_up' });
  expect(linked.status).toBe(201);
  expect((await reply(closed)).body.ticket.subject).not.toBe('Of somebody else');
  expect((await ada.get(`${foreign.path}/participants`)).body.data).toEqual([]);
});

describe('staff on a closed ticket', () => {
  test('may leave a note, and speak in public only with an active status', async () => {
    const ticket = await asked();
    await move(ticket, 'closed');
    const say = (body: Record<string, unknown>) => ada.post(`${ticket.path}/messages`, { body: 'Hello', ...body });
    expect((await say({ audience: 'internal' })).status).toBe(201);
    expect((await say({ as: { principalId: me } })).body.reason).toBe('ticket_closed');
    const { solved, pending } = desk.world.statuses;
    expect((await say({ statusId: solved })).body.reason).toBe('ticket_closed');
    expect((await say({ statusId: pending, as: { principalId: me } })).body.ticket.status.category).toBe('pending');
  });
});

describe('the first response', () => {
  test('of two public replies at once is one, and told once', async () => {
    const ticket = await asked();
    await desk.told();
    const answer = () => ada.post(`${ticket.path}/messages`, { body: 'We look into it.', as: { principalId: me } });
    await Promise.all([answer(), answer()]);
    const { events } = await desk.told();
    const first = events.filter(({ type }) => type === 'ticket.first_response');
    expect(first).toHaveLength(1);
    expect((await ada.get(ticket.path)).body.firstResponseAt).toBe(first[0]?.payload.at);
  });

  test('is no opening, no automation, no note and no cc, but the first public message after filing for a customer', async () => {
    const { id: contactId } = await desk.world.contact();
    const filed = await ada.post('/tickets', {
      subject: 'By phone',
      body: 'She says it stops.',
      requester: { contactId },
      as: { principalId: me },
    });
    const path = `/tickets/${filed.body.id}`;
    const say = async (body: Record<string, unknown>) =>
      (await ada.post(`${path}/messages`, { body: 'Hello', ...body })).body.ticket.firstResponseAt;
    expect(filed.body.firstResponseAt).toBeNull();
    expect(await say({})).toBeNull();
    expect(await say({ audience: 'internal', as: { principalId: me } })).toBeNull();
    expect(await say({ as: { contactId } })).toBeNull();
    for (const [subject, role] of [
      [{ contactId: (await desk.world.contact('Carl Cc')).id }, 'cc'],
      [{ contactId: (await desk.world.contact('Cleo Co')).id }, 'collaborator'],
    ] as const) {
      expect((await ada.put(`${path}/participants`, { ...subject, role })).status).toBe(201);
      expect(await say({ as: subject })).toBeNull();
    }
    expect(await say({ as: { principalId: me } })).not.toBeNull();
  });
});
