import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import type { BulkAction } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { traceOf } from '#tests/support/ticket-trace.ts';

type Action = z.input<typeof BulkAction>;

let desk: AccessDesk;
/** May act on tickets of support, see those shared with them, and not more. */
let agent: Caller;
/** One that says and does all that it may, one that only speaks, and one that is the agent's own. */
let macros: Id<'macro'>[];

beforeAll(async () => {
  desk = await openAccessDesk();
  agent = await desk.keyOf(desk.world.agent);
  const fields = [
    { key: 'seats', type: 'integer', label: 'Seats', requiredOn: 'none' },
    { key: 'cause', type: 'text', label: 'Cause', requiredOn: 'solve' },
  ];
  for (const field of fields) expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
  const { world } = desk;
  const everything = [
    { type: 'status', category: 'solved' },
    { type: 'tags', add: ['vip', 'new one', 'by macro'], remove: ['old'] },
    { type: 'assign', assigneePrincipalId: world.agent.id, assigneeTeamId: world.teams.support },
    { type: 'priority', priority: 'urgent' },
    { type: 'fields', customFields: { cause: 'found', seats: 2 } },
  ];
  const shared = { name: 'Shared', audience: 'everyone' };
  const message = { body: 'Hello {{requester.first_name|you}}: {{ticket.subject}}, {{organization.name|yours}}.' };
  const bodies = [
    [desk.owner, { ...shared, actions: everything, message }],
    [desk.owner, { ...shared, message: { ...message, audience: 'internal' } }],
    [agent, { name: 'Mine', actions: [{ type: 'priority', priority: 'low' }] }],
    [desk.owner, { ...shared, actions: [{ type: 'delete' }, { type: 'subscribe' }, { type: 'tags', add: ['gone'] }] }],
    [desk.owner, { ...shared, actions: [{ type: 'status', category: 'pending' }, { type: 'restore' }], message }],
  ] as const;
  macros = await Promise.all(bodies.map(async ([caller, body]) => (await caller.post('/macros', body)).body.id));
});
afterAll(() => desk.close());

const bulk = (caller: Caller, ids: readonly string[], action: Action, query = '') =>
  caller.post(`/tickets/bulk${query}`, { ids, action });

/** What the API offers for one ticket. */
function single(caller: Caller, id: string, { type, ...rest }: Action) {
  const path = `/tickets/${id}`;
  switch (type) {
    case 'assign':
      return caller.post(`${path}/assign`, rest);
    case 'status':
      return caller.post(`${path}/transition`, rest);
    case 'tags':
      return caller.post(`${path}/tags`, rest);
    case 'delete':
      return caller.delete(path);
    case 'restore':
      return caller.post(`${path}/restore`);
    case 'subscribe':
      return caller.put(`${path}/subscription`, {});
    case 'macro':
      return caller.post(`${path}/macros/${(rest as { macroId: string }).macroId}`, {});
    case 'message':
      return caller.post(`${path}/messages`, rest);
    default:
      return caller.patch(path, rest);
  }
}

/** Tickets of every kind that a verb tells apart, twice alike. */
async function twins() {
  const { world } = desk;
  const { teams, inboxes, statuses } = world;
  const kinds = [
    { primaryTeamId: teams.support, inboxId: inboxes.help },
    { primaryTeamId: teams.support, priority: 'high', customFields: { cause: 'known' } },
    { primaryTeamId: teams.support, assigneePrincipalId: world.agent.id, assigneeTeamId: teams.support },
    { primaryTeamId: teams.billing, inboxId: inboxes.invoices },
    { primaryTeamId: teams.support, deletedAt: new Date() },
    {
      primaryTeamId: teams.support,
      statusId: statuses.solved,
      statusCategory: 'solved',
      solvedAt: new Date(),
      firstSolvedAt: new Date(),
      customerWaitingSince: null,
    },
    { primaryTeamId: teams.billing, createdByPrincipalId: world.agent.id },
  ] as const;
  const make = async () => {
    const ids = await Promise.all(kinds.map(async (kind) => (await world.ticket(kind)).id));
    const at = new Date();
    const closed = { statusId: statuses.closed, statusCategory: 'closed', solvedAt: at, closedAt: at } as const;
    const merged = { ...closed, customerWaitingSince: null, mergedAt: at, mergedIntoId: ids[0] };
    return [...ids, (await world.ticket(merged)).id];
  };
  return { many: await make(), ones: await make() };
}

const actions = (): fc.Arbitrary<Action> => {
  const { world } = desk;
  const { teams, inboxes } = world;
  const person = fc.constantFrom(world.agent.id, world.owner.id, null, undefined);
  const team = fc.constantFrom(teams.support, teams.billing, null, undefined);
  const category = fc.constantFrom('open', 'pending', 'solved', 'closed');
  return fc.oneof(
    fc.record({ type: fc.constant('assign'), assigneePrincipalId: person, assigneeTeamId: team }),
    fc.record({ type: fc.constant('status'), category }),
    fc.record({ type: fc.constant('priority'), priority: fc.constantFrom('low', 'high') }),
    fc.record({ type: fc.constant('inbox'), inboxId: fc.constantFrom(inboxes.help, inboxes.invoices, null) }),
    fc.record({ type: fc.constant('team'), primaryTeamId: fc.constantFrom(teams.support, teams.billing, null) }),
    fc.record({ type: fc.constant('visibility'), visibility: fc.constantFrom('team', 'private') }),
    fc.record({ type: fc.constant('organization'), organizationId: fc.constantFrom(null, world.newId('org')) }),
    fc.record({
      type: fc.constant('tags'),
      add: fc.subarray(['vip', 'beta', 'new one'], { minLength: 1 }),
      remove: fc.subarray(['vip', 'old']),
    }),
    fc.record({
      type: fc.constant('fields'),
      customFields: fc.constantFrom({ seats: 3 }, { seats: null }, { seats: 'many' }, { nothing: 1 }),
    }),
    fc.record({ type: fc.constantFrom('delete', 'restore', 'subscribe') }),
    fc.record({
      type: fc.constant('message'),
      body: fc.constant('We are on it.'),
      audience: fc.constantFrom('public', 'internal'),
    }),
    fc.record({ type: fc.constant('macro'), macroId: fc.constantFrom(...macros, world.newId('macro')) }),
  ) as fc.Arbitrary<Action>;
};

describe('an action on many tickets', () => {
  test('leaves and refuses what as many single operations do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(actions(), { minLength: 1, maxLength: 3 }), fc.boolean(), async (asked, asOwner) => {
        const caller = asOwner ? desk.owner : agent;
        const { many, ones } = await twins();
        const unknown = desk.world.newId('tkt');
        for (const action of asked) {
          const answer = await bulk(caller, [...many, unknown], action);
          expect(answer.status, JSON.stringify(answer.body)).toBe(200);
          expect(answer.trips).toBeLessThanOrEqual(2);
          const singly: unknown[] = [];
          for (const id of [...ones, unknown]) {
            const { status, body } = await single(caller, id, action);
            singly.push(status < 300 ? 'through' : [body.code, body.reason ?? null]);
          }
          const told = answer.body.results.map((each: { state: string; code: string; reason: string | null }) =>
            each.state === 'refused' ? [each.code, each.reason] : 'through',
          );
          expect(told).toEqual(singly);
          expect(await traceOf(desk.db, many)).toEqual(await traceOf(desk.db, ones));
        }
      }),
      { numRuns: 8 },
    );
  }, 240_000);

  test('one that was merged goes along with its target, and is then what that made of it', async () => {
    const { many } = await twins();
    const [target = '', source = ''] = [many[0], many.at(-1)];
    const told = async (ids: string[], type: 'delete' | 'restore') =>
      (await bulk(desk.owner, ids, { type })).body.results.map(
        ({ state, reason, code }: { state: string; reason: string | null; code: string | null }) =>
          state === 'refused' ? (reason ?? code) : state,
      );
    expect(await told([target, source], 'delete')).toEqual(['ok', 'not_found']);
    expect(await told([target, source], 'restore')).toEqual(['ok', 'ticket_merged']);
    expect(await told([source, target], 'delete')).toEqual(['ticket_merged', 'ok']);
    const gone = await desk.db.query('select from tickets where id = any ($1) and deleted_at is not null', [
      [target, source].map((id) => idToUuid(id as Id<'tkt'>)),
    ]);
    expect(gone).toHaveLength(2);
  });

  test('absent keeps and null clears, for person and team alike', async () => {
    const { world } = desk;
    const place = { assigneePrincipalId: world.agent.id, assigneeTeamId: world.teams.support };
    const ids = [(await world.ticket(place)).id, (await world.ticket(place)).id];
    const assigned = async () =>
      (await Promise.all(ids.map((id) => desk.owner.get(`/tickets/${id}`)))).map(({ body }) => [
        body.assignee?.principalId ?? null,
        body.assigneeTeamId,
      ]);
    await bulk(desk.owner, ids, { type: 'assign', assigneePrincipalId: null });
    expect(await assigned()).toEqual(ids.map(() => [null, world.teams.support]));
    await bulk(desk.owner, ids, { type: 'assign', assigneePrincipalId: world.agent.id });
    await bulk(desk.owner, ids, { type: 'assign', assigneeTeamId: null });
    expect(await assigned()).toEqual(ids.map(() => [world.agent.id, null]));
  });

  test('50 tickets cost two trips and as many statements as a few', async () => {
    const { world } = desk;
    const ids: Id<'tkt'>[] = [];
    for (let i = 0; i < 50; i += 1) {
      const solved = i % 2 === 0 ? {} : { priority: 'low' as const, customFields: { seats: i } };
      ids.push((await world.ticket(solved)).id);
    }
    const statements = async (some: readonly string[], action: Action) => {
      const answer = await bulk(desk.owner, some, action);
      expect(answer.body.results.every(({ state }: { state: string }) => state === 'ok')).toBe(true);
      expect(answer.trips).toBe(2);
      return Number(answer.headers.get('mallard-statements'));
    };
    const urgent = await statements(ids.slice(0, 2), { type: 'priority', priority: 'urgent' });
    const tagged = await statements(ids.slice(0, 2), { type: 'tags', add: ['many'] });
    const assigned = await statements(ids.slice(0, 2), { type: 'assign', assigneePrincipalId: world.agent.id });
    const [macroId = ''] = macros;
    // Its tags are made by the first.
    await bulk(desk.owner, ids.slice(0, 1), { type: 'macro', macroId });
    const answered = await statements(ids.slice(0, 2), { type: 'macro', macroId });
    expect(await statements(ids.slice(2), { type: 'priority', priority: 'urgent' })).toBe(urgent);
    expect(await statements(ids.slice(2), { type: 'tags', add: ['more'] })).toBe(tagged);
    expect(await statements(ids.slice(2), { type: 'assign', assigneePrincipalId: world.agent.id })).toBe(assigned);
    expect(await statements(ids.slice(2), { type: 'macro', macroId })).toBe(answered);
  });

  test('one that moves meanwhile is decided again; one that keeps moving is reported alone', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await desk.world.ticket()).id));
    const [moving = '' as never] = ids;
    const touch = () => desk.db.query('update tickets set revision = revision + 1 where id = $1', [idToUuid(moving)]);
    const action: Action = { type: 'priority', priority: 'urgent' };
    const once = await desk.overtaken(() => bulk(desk.owner, ids, action), touch);
    expect(once.body.results.map(({ state }: { state: string }) => state)).toEqual(['ok', 'ok', 'ok']);
    desk.worker.proxy.setHook(async ({ queries }): Promise<'pass'> => {
      if (queries[0]?.includes('require_rows')) await touch();
      return 'pass';
    });
    const always = await bulk(desk.owner, ids, { type: 'priority', priority: 'low' });
    desk.worker.proxy.setHook(undefined);
    expect(always.body.results).toEqual([
      { id: moving, state: 'conflict', code: 'conflict', reason: 'contention' },
      { id: ids[1], state: 'ok', code: null, reason: null },
      { id: ids[2], state: 'ok', code: null, reason: null },
    ]);
    const applied = await desk.db.query<{ n: string }>(
      "select count(*) as n from events where entity_id = any ($1::uuid[]) and type = 'ticket.updated'",
      [ids.map(idToUuid)],
    );
    expect(applied).toEqual([{ n: '5' }]);
  });

  test('a dry run tells the same results and writes nothing', async () => {
    const { many } = await twins();
    const before = await traceOf(desk.db, many);
    const action: Action = { type: 'priority', priority: 'urgent' };
    const dry = await bulk(agent, many, action, '?dryRun=true');
    expect(dry.body).toMatchObject({ dryRun: true, status: 200 });
    expect(await traceOf(desk.db, many)).toEqual(before);
    expect((await bulk(agent, many, action)).body).toEqual(dry.body.wouldAnswer);
  });
});
