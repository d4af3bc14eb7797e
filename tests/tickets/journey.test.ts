import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { openRouteCaller, type RouteCaller } from '#tests/support/route-caller.ts';
import type { TestKey } from '#tests/support/world.ts';
import type { JsonObject } from '#workers/openapi/components.ts';

let caller: RouteCaller;
let key: TestKey;
let ticketId: Id<'tkt'>;

beforeAll(async () => {
  caller = await openRouteCaller();
  key = await caller.world.keyFor(PERMISSION_KEYS);
});
afterAll(() => caller.close());

async function call(
  method: string,
  path: string,
  body?: JsonObject,
  query: Record<string, string> = {},
): Promise<JsonObject> {
  const answer = await caller.send({ method, path: `/api/v1${path}`, query, body, ids: {} }, { token: key.token });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json;
}

/** What stands beside the ticket: one line for each row, in order. */
async function recorded(): Promise<{ activity: string[]; audit: string[]; events: string[] }> {
  const id = idToUuid(ticketId);
  const lines = async (sql: string): Promise<string[]> =>
    (await caller.world.db.query<{ line: string }>(sql, [id])).map(({ line }) => line);
  return {
    activity: await lines(
      `select type || ' ' || audience || ' by ' || actor_kind || ' v' || coalesce(version::text, '-') as line from ticket_activity where ticket_id = $1 order by revision, id`,
    ),
    audit: await lines(
      "select action || ' ' || outcome || ' by ' || actor_label as line from audit_events where target_id = $1 order by occurred_at, id",
    ),
    events: await lines(
      "select entity_seq || ' ' || type || ' ' || audience as line from events where entity_id = $1 order by entity_seq",
    ),
  };
}

// One story, told in order: each test begins where the one before ended.
test('a customer asks: the ticket is open, in the default inbox, with its number and opening message', async () => {
  const ticket = await call('POST', '/tickets', {
    subject: 'The export stops half-way',
    body: 'It stops at row 500.',
    requester: { email: 'Ada.Park@Customer.Test', name: 'Ada Park' },
    priority: 'high',
  });
  ticketId = ticket.id as Id<'tkt'>;
  expect(ticket).toMatchObject({
    number: expect.any(Number),
    status: { category: 'open' },
    priority: 'high',
    channel: 'api',
    inboxId: caller.world.inboxes.help,
    primaryTeamId: caller.world.teams.support,
    requester: { name: 'Ada Park' },
    assignee: null,
    firstResponseAt: null,
    messageSeq: 1,
    version: 1,
  });
  expect(ticket.waitingSince).toBe(ticket.createdAt);
  expect(await recorded()).toEqual({
    activity: ['created public by api_key v1'],
    audit: ['ticket.created allowed by Test key'],
    events: ['1 ticket.created public'],
  });
  const { json } = await caller.send(
    { method: 'GET', path: `/api/v1/tickets/${ticketId}`, query: {}, body: undefined, ids: {} },
    { token: key.token },
  );
  expect(json).toEqual(ticket);
});

test('the desk sees it in its list, and by its filters', async () => {
  const shown = async (query: Record<string, string>) =>
    ((await call('GET', '/tickets', undefined, query)).data as JsonObject[]).map(({ id }) => id);
  expect(await shown({})).toEqual([ticketId]);
  expect(await shown({ statusCategory: 'open,pending', assignee: 'none' })).toEqual([ticketId]);
  expect(await shown({ statusCategory: 'solved' })).toEqual([]);
  expect(await shown({ assignee: caller.world.agent.id })).toEqual([]);
});

test('a program writes: that is automation, which answers nobody', async () => {
  const { message, ticket } = (await call('POST', `/tickets/${ticketId}/messages`, {
    body: 'We have received your message.',
  })) as Record<string, JsonObject>;
  expect(message).toMatchObject({
    seq: 2,
    author: { kind: 'automation', principalId: key.principalId },
    countsAsResponse: false,
  });
  expect(ticket).toMatchObject({ firstResponseAt: null, version: 1, messageSeq: 2 });
  expect(ticket?.waitingSince).not.toBeNull();
});

test('an agent replies: it is the first response, and the customer waits no longer', async () => {
  const { agent } = caller.world;
  const reply = { body: 'Which version do you use?', as: { principalId: agent.id } };
  const { message, ticket } = (await call('POST', `/tickets/${ticketId}/messages`, reply)) as Record<
    string,
    JsonObject
  >;
  expect(message).toMatchObject({
    author: { kind: 'agent', principalId: agent.id, name: agent.name },
    countsAsResponse: true,
    audience: 'public',
  });
  expect(ticket).toMatchObject({ firstResponseAt: message?.createdAt, waitingSince: null, version: 1 });
  const second = await call('POST', `/tickets/${ticketId}/messages`, reply);
  expect((second.ticket as JsonObject).firstResponseAt).toBe(message?.createdAt);
});

test('a note is for agents only', async () => {
  const { message } = (await call('POST', `/tickets/${ticketId}/messages`, {
    body: 'Known: #77',
    audience: 'internal',
  })) as Record<string, JsonObject>;
  expect(message).toMatchObject({ audience: 'internal', countsAsResponse: false });
  const thread = (await call('GET', `/tickets/${ticketId}/messages`)).data as JsonObject[];
  expect(thread.map(({ seq, audience }) => `${seq} ${audience}`)).toEqual([
    '1 public',
    '2 public',
    '3 public',
    '4 public',
    '5 internal',
  ]);
});

test('it waits for the customer, is assigned, and is solved', async () => {
  const { agent, statuses } = caller.world;
  expect(await call('POST', `/tickets/${ticketId}/transition`, { category: 'pending' })).toMatchObject({
    status: { id: statuses.pending, category: 'pending' },
    version: 2,
  });
  expect(await call('POST', `/tickets/${ticketId}/assign`, { assigneePrincipalId: agent.id })).toMatchObject({
    assignee: { principalId: agent.id, name: agent.name },
    version: 3,
  });
  const solved = await call('POST', `/tickets/${ticketId}/transition`, { statusId: statuses.solved, version: 3 });
  expect(solved).toMatchObject({ status: { category: 'solved' }, version: 4, reopenCount: 0 });
  expect(solved.solvedAt).not.toBeNull();
});

test('the customer replies: it is open again', async () => {
  const contactId = ((await call('GET', `/tickets/${ticketId}`)).requester as JsonObject).contactId as string;
  const { message, ticket } = (await call('POST', `/tickets/${ticketId}/messages`, {
    body: 'It still stops.',
    as: { contactId },
  })) as Record<string, JsonObject>;
  expect(message).toMatchObject({ author: { kind: 'customer', contactId, name: 'Ada Park' } });
  expect(ticket).toMatchObject({ status: { category: 'open' }, reopenCount: 1, solvedAt: null, version: 4 });
  expect(ticket?.waitingSince).toBe(message?.createdAt);
});

test('all of it stands in activity, audit and events, in order and without a hole', async () => {
  expect(await recorded()).toEqual({
    activity: [
      'created public by api_key v1',
      'status_changed public by api_key v2',
      'assigned internal by api_key v3',
      'status_changed public by api_key v4',
      'status_changed public by api_key v-',
    ],
    audit: [
      'ticket.created allowed by Test key',
      ...Array(4).fill('ticket.message_added allowed by Test key'),
      'ticket.status_changed allowed by Test key',
      'ticket.assigned allowed by Test key',
      'ticket.status_changed allowed by Test key',
      'ticket.message_added allowed by Test key',
    ],
    events: [
      '1 ticket.created public',
      '2 ticket.message_added public',
      '3 ticket.message_added public',
      '4 ticket.first_response internal',
      '5 ticket.message_added public',
      '6 ticket.message_added internal',
      '7 ticket.status_changed public',
      '8 ticket.assigned internal',
      '9 ticket.status_changed public',
      '10 ticket.message_added public',
      '11 ticket.status_changed public',
    ],
  });
});
