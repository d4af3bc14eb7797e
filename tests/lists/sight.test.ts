import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TICKET_SCOPES, type TicketFilter } from '#schema/api/ticket-filter.ts';
import type { Id } from '#schema/ids.ts';
import { type Authority, authorityQuery } from '#services/access/authority.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { rebuildSearch } from '#services/search/search-docs.ts';
import { getTicket } from '#services/tickets/get-ticket.ts';
import { listTickets } from '#services/tickets/list-tickets.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { type BuiltTicket, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const RUNS = 2;

let db: TestDatabase;
let world: World;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
});
afterAll(() => db.drop());

/** All that a caller lists of these tickets; `refused` where nothing at all is told. */
async function listed(token: string, filter: Partial<TicketFilter>, among: ReadonlySet<string>): Promise<string> {
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const input = { filter: { sort: '-lastActivity', ...filter } as TicketFilter, limit: 200, cursor };
    const page = await askVerb(db.url, token, listTickets, input).then(
      ({ output }) => output,
      () => undefined,
    );
    if (page === undefined) return 'refused';
    seen.push(...page.data.map(({ id }) => id));
    if (page.page.next === null) break;
    cursor = page.page.next;
  }
  expect(new Set(seen).size).toBe(seen.length);
  return seen
    .filter((id) => among.has(id))
    .toSorted()
    .join();
}

const reads = (token: string, ticketId: Id<'tkt'>): Promise<boolean> =>
  askVerb(db.url, token, getTicket, { ticketId }).then(
    () => true,
    () => false,
  );

async function authorityOf(token: string): Promise<Authority | undefined> {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a test key parses');
  const now = new Date();
  const [found] = await testKernel(db.url, now).db.batch([authorityQuery(credential, now)], { kind: 'load' });
  return found === undefined || 'refusal' in found ? undefined : found;
}

const hits = <T>(some: readonly T[], values: readonly (T | null)[]): boolean =>
  values.some((value) => value !== null && some.includes(value));

/** What each scope adds to sight, said once more in words of the code. */
const LENSES: Record<(typeof TICKET_SCOPES)[number], (by: Authority, ticket: TicketFacts) => boolean> = {
  visible: () => true,
  all: () => true,
  mine: ({ me }, { assigneePrincipalId }) => hits(me, [assigneePrincipalId]),
  team: ({ myTeams }, { primaryTeamId, assigneeTeamId }) => hits(myTeams, [primaryTeamId, assigneeTeamId]),
  unassigned: (_by, { assigneePrincipalId }) => assigneePrincipalId === null,
  inbox: () => true,
  shared: ({ reach }, { shares }) =>
    hits(
      reach.shareTeams,
      shares.map(({ teamId }) => teamId),
    ),
  participating: ({ me }, { participantIds }) => hits(me, participantIds),
};

const FILTERS: [Partial<TicketFilter>, (by: Authority, ticket: TicketFacts) => boolean][] = [
  [{ visibility: ['private', 'shared'] }, (_by, { visibility }) => ['private', 'shared'].includes(visibility)],
  [{ assignee: ['none'] }, (_by, { assigneePrincipalId }) => assigneePrincipalId === null],
  [{ assignee: ['me'] }, ({ holderId }, { assigneePrincipalId }) => assigneePrincipalId === holderId],
  [{ team: ['myTeams'] }, LENSES.team],
  [{ team: ['none'] }, (_by, ticket) => ticket.primaryTeamId === null && ticket.assigneeTeamId === null],
  [{ inbox: ['none'], statusCategory: ['open', 'closed'] }, (_by, { inboxId }) => inboxId === null],
  [{ sort: 'created', notTag: ['vip'] }, () => true],
  [{ deleted: false, merged: false, needsResponse: true }, () => true],
  // What every ticket of the world says.
  [{ q: 'export half' }, () => true],
];

/** By the id of some things that tickets of the world name. */
function filtersOf(tickets: readonly BuiltTicket[]): typeof FILTERS {
  const teams = new Set(tickets.flatMap(({ facts }) => facts.primaryTeamId ?? []));
  const inboxes = new Set(tickets.flatMap(({ facts }) => facts.inboxId ?? []));
  const people = new Set(tickets.flatMap(({ facts }) => facts.assigneePrincipalId ?? []));
  return [
    ...[...teams]
      .slice(0, 2)
      .map((id): (typeof FILTERS)[number] => [
        { team: [id] },
        (_by, { primaryTeamId, assigneeTeamId }) => hits([id], [primaryTeamId, assigneeTeamId]),
      ]),
    ...[...inboxes]
      .slice(0, 2)
      .map((id): (typeof FILTERS)[number] => [{ inbox: [id] }, (_by, { inboxId }) => inboxId === id]),
    ...[...people]
      .slice(0, 2)
      .map((id): (typeof FILTERS)[number] => [
        { assignee: [id] },
        (_by, { assigneePrincipalId }) => assigneePrincipalId === id,
      ]),
  ];
}

test('a ticket is in a list exactly if it can be read, for every scope and filter, for agents and keys of any workspace', async () => {
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(world, plan);
      const among = new Set<string>(built.tickets.map(({ id }) => id));
      const { text, params } = rebuildSearch(built.tickets.map(({ id }) => id));
      await db.query(text, [...params]);
      const people = await Promise.all(built.people.map((creator) => world.keyFor(PERMISSION_KEYS, { creator })));
      for (const { token } of [...people, ...built.keys.map(({ key }) => key)]) {
        const authority = await authorityOf(token);
        if (authority === undefined) continue;
        const readable: BuiltTicket[] = [];
        for (const ticket of built.tickets) if (await reads(token, ticket.id)) readable.push(ticket);
        const expected = (holds: (by: Authority, ticket: TicketFacts) => boolean) =>
          readable
            .filter(({ facts }) => holds(authority, facts))
            .map(({ id }) => id)
            .toSorted()
            .join();
        const sees = (await listed(token, {}, among)) !== 'refused';
        for (const scope of TICKET_SCOPES) {
          const found = await listed(token, { scope }, among);
          if (scope === 'inbox')
            for (const id of found.split(',').filter((each) => among.has(each as Id)))
              expect(expected(() => true)).toContain(id);
          else expect(found, scope).toBe(sees ? expected(LENSES[scope]) : 'refused');
        }
        for (const [filter, holds] of [...FILTERS, ...filtersOf(built.tickets)])
          expect(await listed(token, filter, among), JSON.stringify(filter)).toBe(sees ? expected(holds) : 'refused');
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 400_000);
