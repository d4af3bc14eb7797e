import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '../support/access-desk.ts';

let desk: AccessDesk;
/** A key that writes and edits, and may not delete what others wrote. */
let writer: Caller;
beforeAll(async () => {
  desk = await openAccessDesk();
  const { caller } = await desk.holder(['ticket.view_all', 'ticket.reply_public', 'ticket.comment_internal']);
  writer = caller;
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const uuid = (id: string): string => idToUuid(id as Id);

async function say(ticketId: string, body: object, by: Caller = writer) {
  const answer = await by.post(`/tickets/${ticketId}/messages`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.message;
}

const thread = async (ticketId: string, by: Caller = writer, query = '') =>
  (await by.get(`/tickets/${ticketId}/messages${query}`)).body.data;

const findsBy = async (ticketId: string, words: string): Promise<number> =>
  (
    await desk.db.query(
      `select from ticket_search where ticket_id = $1 and doc @@ websearch_to_tsquery('simple', fold($2))`,
      [uuid(ticketId), words],
    )
  ).length;

/** Everything beside the message itself that a refusal must leave alone. */
const traces = async (ticketId: string) => ({
  ticket: await desk.db.query('select revision, version, last_activity_at from tickets where id = $1', [
    uuid(ticketId),
  ]),
  messages: await desk.db.query('select id, body, revision, deleted_at from ticket_messages order by id'),
  told: (await desk.told()).events.length,
});

describe('words for a team', () => {
  test('are read by its members, their author, and whoever sees all tickets; by nobody else', async () => {
    const { support, billing } = desk.world.teams;
    const ticket = await desk.world.ticket({ primaryTeamId: support });
    await desk.db.query(
      `insert into ticket_shares (ticket_id, team_id, level, actor_kind) values ($1, $2, 'comment', 'system')`,
      [uuid(ticket.id), uuid(billing)],
    );
    const inTeam = async (team: Id<'team'>) => {
      const member = await desk.world.member({ role: 'agent', teams: [team] });
      return desk.keyOf(member);
    };
    const [supporter, biller] = [await inTeam(support), await inTeam(billing)];
    const said = await say(
      ticket.id,
      { body: 'The refund is booked.', audience: 'shared_team', sharedTeamId: billing },
      biller,
    );
    expect(said).toMatchObject({ audience: 'shared_team', sharedTeamId: billing, countsAsResponse: false });
    const byOwner = { body: 'Mind the tax.', audience: 'shared_team', sharedTeamId: billing };
    const own = await say(ticket.id, byOwner, supporter);
    const seen = async (by: Caller) => (await thread(ticket.id, by)).map(({ seq }: { seq: number }) => seq);
    expect(await seen(biller)).toEqual([1, 2, 3]);
    expect(await seen(supporter)).toEqual([1, 3]);
    expect(await seen(await inTeam(support))).toEqual([1]);
    expect(await seen(writer)).toEqual([1, 2, 3]);
    expect((await supporter.get(`/tickets/${ticket.id}/messages/${said.id}/history`)).status).toBe(404);
    expect((await supporter.get(`/tickets/${ticket.id}/messages/${own.id}/history`)).status).toBe(200);
    const { events } = await desk.told();
    expect(events.map(({ payload }) => payload.teamId)).toEqual([billing, billing]);
    const rows = await desk.db.query(`select distinct audience, audience_team_id from events where entity_id = $1`, [
      uuid(ticket.id),
    ]);
    expect(rows).toEqual([{ audience: 'shared_team', audience_team_id: uuid(billing) }]);
  });

  test('need a team that works on the ticket, and a member of it or somebody who owns the ticket', async () => {
    const { support, billing } = desk.world.teams;
    const ticket = await desk.world.ticket({ primaryTeamId: support, visibility: 'shared' });
    const to = (sharedTeamId: string) => ({ body: 'Hello', audience: 'shared_team', sharedTeamId });
    const path = `/tickets/${ticket.id}/messages`;
    expect((await writer.post(path, to(billing))).body).toMatchObject({ status: 422, reason: 'team_not_on_ticket' });
    expect((await writer.post(path, { body: 'Hello', audience: 'shared_team' })).status).toBe(400);
    expect((await writer.post(path, { body: 'Hello', sharedTeamId: support })).status).toBe(400);
    const visitor = await desk.world.member({ teams: [billing] });
    await desk.world.grant(visitor, ['ticket.view_assigned', 'ticket.comment_internal']);
    await desk.db.query(
      `insert into ticket_participants (ticket_id, principal_id, role, actor_kind) values ($1, $2, 'collaborator', 'system')`,
      [uuid(ticket.id), uuid(visitor.id)],
    );
    const key = await desk.keyOf(visitor);
    expect((await key.post(path, to(support))).body).toMatchObject({ status: 403, reason: 'owning_side' });
    expect((await key.post(path, { body: 'A note', audience: 'internal' })).status).toBe(201);
  });
});

describe('a body', () => {
  test('loses its control characters, and needs text that is left', async () => {
    const ticket = await desk.world.ticket();
    const { body } = await say(ticket.id, { body: 'a\u0007b\u0085\tc\r\nd\u001b[31m' });
    expect(body).toBe('ab\tc\nd[31m');
    for (const empty of ['', '  \n', '\u0007\u001b'])
      expect((await writer.post(`/tickets/${ticket.id}/messages`, { body: empty })).status, empty).toBe(400);
    expect((await writer.post(`/tickets/${ticket.id}/messages`, { body: 'x'.repeat(100_001) })).status).toBe(400);
  });

  test('comes after every message before it, whatever the clock said then', async () => {
    const ticket = await desk.world.ticket();
    const ahead = new Date(Date.now() + 3_600_000);
    await desk.db.query('update tickets set last_message_at = $2 where id = $1', [uuid(ticket.id), ahead]);
    const first = await say(ticket.id, { body: 'One' });
    const second = await say(ticket.id, { body: 'Two' });
    expect([first.createdAt, second.createdAt]).toEqual(
      [1, 2].map((later) => new Date(ahead.getTime() + later).toISOString()),
    );
  });

  test('is refused beyond 5,000 messages', async () => {
    const ticket = await desk.world.ticket({ messageSeq: 5000 });
    const answer = await writer.post(`/tickets/${ticket.id}/messages`, { body: 'One more' });
    expect(answer.body).toMatchObject({ status: 422, reason: 'ticket_full' });
  });
});

describe('a thread', () => {
  test('is paged exactly, whatever the reader may not see between', async () => {
    const ticket = await desk.world.ticket();
    for (let n = 0; n < 4; n += 1) {
      await say(ticket.id, { body: `Note ${n}`, audience: 'internal' });
      await say(ticket.id, { body: `Reply ${n}` });
    }
    const reader = (await desk.holder(['ticket.view_all'])).caller;
    const seen: number[] = [];
    const pages: number[] = [];
    for (let cursor = ''; ; ) {
      const { body, trips } = await reader.get(`/tickets/${ticket.id}/messages?limit=2${cursor}`);
      expect(trips).toBe(1);
      seen.push(...body.data.map(({ seq }: { seq: number }) => seq));
      pages.push(body.data.length);
      if (!body.page.hasMore) break;
      cursor = `&cursor=${encodeURIComponent(body.page.next)}`;
    }
    expect([seen, pages]).toEqual([
      [1, 3, 5, 7, 9],
      [2, 2, 1],
    ]);
    const notes = await thread(ticket.id, writer, '?audience=internal');
    expect(notes.map(({ seq }: { seq: number }) => seq)).toEqual([2, 4, 6, 8]);
    expect(await thread(ticket.id, reader, '?audience=internal,shared_team')).toEqual([]);
  });

  test('of a ticket holds what was said on those merged into it, each under the right to read it there', async () => {
    const { support, billing } = desk.world.teams;
    const target = await desk.world.ticket({ primaryTeamId: support });
    const source = await desk.world.ticket({ primaryTeamId: billing });
    await say(source.id, { body: 'Public on the source' });
    await say(source.id, { body: 'A note on the source', audience: 'internal' });
    await desk.db.query(
      `update tickets set merged_into_id = $2, merged_at = now(), status_id = $3, status_category = 'closed', closed_at = now(), solved_at = now() where id = $1`,
      [uuid(source.id), uuid(target.id), uuid(desk.world.statuses.closed)],
    );
    await say(target.id, { body: 'Public on the target' });
    const bodies = async (by: Caller) => (await thread(target.id, by)).map(({ body }: { body: string }) => body);
    expect((await bodies(writer)).toSorted()).toEqual([
      'A note on the source',
      'It stops at row 500.',
      'It stops at row 500.',
      'Public on the source',
      'Public on the target',
    ]);
    const supporter = await desk.world.member();
    await desk.world.grant(supporter, ['ticket.view_team', 'ticket.comment_internal'], { teamId: support });
    expect(await bodies(await desk.keyOf(supporter))).toEqual(['It stops at row 500.', 'Public on the target']);
  });
});

test('of two public replies of agents at once, one is the first response', async () => {
  const ticket = await desk.world.ticket();
  const { id: principalId } = desk.world.agent;
  const reply = { body: 'We look into it.', as: { principalId } };
  const path = `/tickets/${ticket.id}/messages`;
  const late = await desk.overtaken(
    () => desk.owner.post(path, reply),
    async () => {
      expect((await desk.owner.post(path, reply)).status).toBe(201);
    },
  );
  expect(late.status).toBe(201);
  const { events } = await desk.told();
  expect(events.map(({ type }) => type)).toEqual([
    'ticket.message_added',
    'ticket.first_response',
    'ticket.message_added',
  ]);
  const [first, second] = (await thread(ticket.id)).slice(1);
  expect([first.countsAsResponse, second.countsAsResponse]).toEqual([true, true]);
  expect(late.body.ticket.firstResponseAt).not.toBe(late.body.message.createdAt);
  expect(events[1]?.payload).toMatchObject({ messageId: first.id, at: first.createdAt });
});

test("an opening, a program's message and one's own are no response; the first public one of an agent after them is", async () => {
  const { agent } = desk.world;
  const as = { principalId: agent.id };
  const opened = await desk.owner.post('/tickets', {
    subject: 'Filed for a customer',
    body: 'She called.',
    requester: { email: 'caller@customer.test' },
    as,
  });
  const ticketId = opened.body.id;
  const [opening] = await thread(ticketId, desk.owner);
  expect(opening).toMatchObject({ author: { kind: 'agent' }, isOpening: true, countsAsResponse: false });
  expect((await say(ticketId, { body: 'We have received it.' }, desk.owner)).countsAsResponse).toBe(false);
  expect((await say(ticketId, { body: 'A note', audience: 'internal', as }, desk.owner)).countsAsResponse).toBe(false);
  expect((await say(ticketId, { body: 'I am on it.', as }, desk.owner)).countsAsResponse).toBe(true);
  const own = await desk.world.ticket();
  await desk.db.query('update tickets set requester_principal_id = $2, requester_contact_id = null where id = $1', [
    uuid(own.id),
    uuid(agent.id),
  ]);
  expect((await say(own.id, { body: 'Still broken for me.', as }, desk.owner)).countsAsResponse).toBe(false);
});

test('who holds no permission to write notes reads none by any way', async () => {
  const ticket = await desk.world.ticket();
  const note = await say(ticket.id, { body: 'Secret', audience: 'internal' });
  const reader = (await desk.holder(PERMISSION_KEYS.filter((key) => key !== 'ticket.comment_internal'))).caller;
  const path = `/tickets/${ticket.id}/messages/${note.id}`;
  const before = await traces(ticket.id);
  for (const { status } of [
    await reader.get(`${path}/history`),
    await reader.patch(path, { body: 'Mine' }),
    await reader.delete(path),
    await reader.post(`${path}/redact`, {}),
  ])
    expect(status).toBe(404);
  expect(await thread(ticket.id, reader)).toHaveLength(1);
  expect(await traces(ticket.id)).toEqual({ ...before, told: 0 });
  expect(await findsBy(ticket.id, 'secret')).toBe(1);
});

test('the audit names both, the program that spoke and for whom', async () => {
  const { agent } = desk.world;
  const contact = await desk.world.contact();
  const { id } = await desk.world.ticket({ requesterContactId: contact.id });
  await desk.told();
  const as = { principalId: agent.id };
  await say(id, { body: 'As the customer', as: { contactId: contact.id } }, desk.owner);
  await say(id, { body: 'As an agent', as }, desk.owner);
  await say(id, { body: 'By itself' }, desk.owner);
  await desk.owner.post(`/tickets/${id}/transition`, { category: 'pending', message: { body: 'Wait.', as } });
  await desk.owner.post('/tickets', { subject: 'Filed', body: 'She called.', as });
  const { audit } = await desk.told();
  expect(audit.map(({ on_behalf_of: whom }) => whom)).toEqual(
    [contact.id, agent.id, null, agent.id, agent.id].map((each) => each && uuid(each)),
  );
  expect(audit.every(({ actor_kind: kind }) => kind === 'api_key')).toBe(true);
});

test('a ticket moves up for its customer by what they can notice of it, and by nothing else', async () => {
  const contact = await desk.world.contact();
  const { id } = await desk.world.ticket({ requesterContactId: contact.id, createdAt: new Date(Date.now() - 60_000) });
  await desk.db.query(
    "insert into ticket_fields (applies_to, key, type, label, portal) values ('ticket', 'device', 'text', 'Device', 'visible'), ('ticket', 'cost', 'text', 'Cost', 'hidden')",
  );
  const at = async () =>
    (await desk.db.query('select last_public_at from tickets where id = $1', [uuid(id)]))[0]?.last_public_at as Date;
  const path = `/tickets/${id}`;
  const post = (rest: string, body: unknown) => () => desk.owner.post(`${path}${rest}`, body);
  const patch = (body: unknown) => () => desk.owner.patch(path, body);
  const note = { body: 'A note', audience: 'internal' };
  const { pending } = desk.world.statuses;
  const colleague = await desk.world.contact('Carl Cc');
  const source = await desk.world.ticket({ requesterContactId: contact.id });
  const steps: readonly [string, boolean, () => Promise<{ status: number }>][] = [
    ['a note', false, post('/messages', note)],
    ['a note with a move', true, post('/messages', { ...note, statusId: pending })],
    ['a move with a note', true, post('/transition', { category: 'open', message: note })],
    ['a priority', false, patch({ priority: 'high' })],
    ['a subject', true, patch({ subject: 'Another subject' })],
    ['a hidden field', false, patch({ customFields: { cost: '9' } })],
    ['a field that they see', true, patch({ customFields: { device: 'phone' } })],
    ['the same again', false, patch({ customFields: { device: 'phone', cost: '10' } })],
    ['a tag', false, post('/tags', { add: ['vip'] })],
    ['a colleague', true, () => desk.owner.put(`${path}/participants`, { contactId: colleague.id, role: 'cc' })],
    ['their own words from elsewhere', true, post('/merge', { sourceIds: [source.id] })],
    ['another requester', true, patch({ requester: { contactId: (await desk.world.contact()).id } })],
  ];
  for (const [what, noticed, step] of steps) {
    const before = await at();
    expect((await step()).status, what).toBeLessThan(300);
    expect((await at()) > before, what).toBe(noticed);
  }
});
