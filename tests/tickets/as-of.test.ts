import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;

beforeAll(async () => {
  desk = await openAccessDesk();
  const field = { key: 'seats', type: 'integer', label: 'Seats' };
  expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
});
afterAll(() => desk.close());

/** What the history of a ticket keeps. */
const KEPT = [
  'subject',
  'priority',
  'status',
  'assignee',
  'assigneeTeamId',
  'primaryTeamId',
  'visibility',
  'tags',
  'customFields',
  'version',
];
const keptOf = (ticket: Record<string, unknown>) => Object.fromEntries(KEPT.map((field) => [field, ticket[field]]));

const revisionOf = async (id: Id<'tkt'>): Promise<number> => {
  const [row] = await desk.db.query<{ revision: number }>('select revision from tickets where id = $1', [idToUuid(id)]);
  return row?.revision ?? 0;
};

const asOf = (id: string, moment: string, path = '') =>
  desk.owner.get(`/tickets/${id}${path}?asOf=${encodeURIComponent(moment)}`);

test('a ticket is what it was at every revision and instant of its history', async () => {
  const { agent, owner, teams } = desk.world;
  const edits = fc.oneof(
    fc.record({ priority: fc.constantFrom('low', 'high', 'urgent') }),
    fc.record({ subject: fc.constantFrom('One', 'Two') }),
    fc.record({ customFields: fc.constantFrom({ seats: 3 }, { seats: null }) }),
    fc.record({ category: fc.constantFrom('open', 'pending', 'solved') }),
    fc.record({ add: fc.subarray(['vip', 'beta']), remove: fc.subarray(['vip', 'old']) }),
    fc.record({ assigneePrincipalId: fc.constantFrom(agent.id, owner.id, null) }),
    fc.record({ assigneeTeamId: fc.constantFrom(teams.support, null) }),
    fc.record({ body: fc.constant('We are on it.') }),
  );
  const pathOf = (edit: object): string =>
    'category' in edit ? '/transition' : 'add' in edit ? '/tags' : 'body' in edit ? '/messages' : '/assign';
  await fc.assert(
    fc.asyncProperty(fc.array(edits, { minLength: 2, maxLength: 7 }), async (history) => {
      const { id } = await desk.world.ticket({ primaryTeamId: teams.support });
      const seen: { revision: number; at: string; ticket: unknown }[] = [];
      const look = async () => {
        const ticket = keptOf((await desk.owner.get(`/tickets/${id}`)).body);
        seen.push({ revision: await revisionOf(id), at: new Date().toISOString(), ticket });
        await new Promise((done) => setTimeout(done, 3));
      };
      await look();
      for (const edit of history) {
        const isField = 'priority' in edit || 'subject' in edit || 'customFields' in edit;
        const answer = isField
          ? await desk.owner.patch(`/tickets/${id}`, edit)
          : await desk.owner.post(`/tickets/${id}${pathOf(edit)}`, edit);
        if (answer.status < 300) await look();
      }
      for (const { revision, at, ticket } of seen) {
        expect(keptOf((await asOf(id, `revision:${revision}`)).body)).toEqual(ticket);
        expect(keptOf((await asOf(id, at)).body)).toEqual(ticket);
      }
    }),
    { numRuns: 6 },
  );
}, 120_000);

test('the thread has the words of then, and of what was deleted none', async () => {
  const { id } = await desk.world.ticket();
  const say = async (body: string) =>
    (await desk.owner.post(`/tickets/${id}/messages`, { body, audience: 'internal' })).body.message.id as string;
  const [kept, deleted] = [await say('First words'), await say('A secret')];
  await new Promise((done) => setTimeout(done, 5));
  const then = new Date().toISOString();
  await new Promise((done) => setTimeout(done, 5));
  await desk.owner.patch(`/tickets/${id}/messages/${kept}`, { body: 'Other words' });
  await desk.owner.delete(`/tickets/${id}/messages/${deleted}`);
  await say('Later');
  const thread = await asOf(id, then, '/messages');
  expect(thread.trips).toBe(1);
  expect(thread.body.data.map(({ body, editedAt }: Record<string, unknown>) => [body, editedAt])).toEqual([
    ['It stops at row 500.', null],
    ['First words', null],
    [null, null],
  ]);
  const now = (await desk.owner.get(`/tickets/${id}/messages`)).body.data;
  expect(now.map(({ body }: { body: string }) => body)).toEqual([
    'It stops at row 500.',
    'Other words',
    'A secret',
    'Later',
  ]);
});

test('grants no right of the past, reads nothing before the ticket, and ends at a thousand entries', async () => {
  const { support, billing } = desk.world.teams;
  const { id } = await desk.world.ticket({ primaryTeamId: support });
  const agent = await desk.keyOf(desk.world.agent);
  const then = new Date().toISOString();
  expect((await agent.get(`/tickets/${id}?asOf=${then}`)).status).toBe(200);
  await desk.owner.patch(`/tickets/${id}`, { primaryTeamId: billing });
  expect((await agent.get(`/tickets/${id}?asOf=${then}`)).status).toBe(404);
  expect((await agent.get(`/tickets/${id}/messages?asOf=${then}`)).status).toBe(404);
  for (const never of ['2020-01-01T00:00:00Z', 'revision:99']) {
    expect((await asOf(id, never)).status).toBe(404);
    expect((await desk.owner.get(`/tickets/${id}/messages?asOf=${never}`)).status, never).toBe(404);
  }
  expect((await asOf(id, 'yesterday')).status).toBe(400);
  await desk.db.query(
    `insert into ticket_activity (ticket_id, revision, type, audience, actor_kind, cause)
     select $1, n, 'updated', 'internal', 'system', 'api' from generate_series(3, 1003) n`,
    [idToUuid(id)],
  );
  const long = await asOf(id, then);
  expect([long.status, long.body.reason]).toEqual([422, 'history_too_long']);
});
