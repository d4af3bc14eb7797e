import { sql } from 'drizzle-orm';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid, isId } from '#schema/ids.ts';
import { ticketParticipants } from '#schema/index.ts';
import { PARTICIPANT_ROLES, TICKET_VISIBILITIES } from '#schema/values.ts';
import { customerCte, visibleToCustomer } from '#services/access/customer.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { qb, rows } from '#services/kernel/query.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { getPortalTicket } from '#services/portal/get-portal-ticket.ts';
import { listPortalMessages } from '#services/portal/list-portal-messages.ts';
import { listPortalTickets } from '#services/portal/list-portal-tickets.ts';
import { answerTag } from '#services/portal/portal-view.ts';
import { replyPortalTicket } from '#services/portal/reply-portal-ticket.ts';
import { solvePortalTicket } from '#services/portal/solve-portal-ticket.ts';
import { assignTicket } from '#services/tickets/assign-ticket.ts';
import { tagTicket } from '#services/tickets/tag-ticket.ts';
import { updateTicket } from '#services/tickets/update-ticket.ts';
import { askCustomer, customer, organization, type TestCustomer, visitor } from '../support/ask-customer.ts';
import { askVerb } from '../support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKernel } from '../support/kernel.ts';
import { createWorld, type World } from '../support/world.ts';

let db: TestDatabase;
let world: World;
let token: string;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  token = (await world.keyFor(PERMISSION_KEYS)).token;
});
afterAll(() => db.drop());

const list = async (who: TestCustomer['session'], more: { limit?: number; cursor?: string } = {}) =>
  (await askCustomer(db.url, who, listPortalTickets, { status: undefined, limit: 50, cursor: undefined, ...more }))
    .output;
const ids = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);

/** What the desk does among itself; none of it is a customer's business. */
const INTERNAL = {
  note: (ticketId: Id<'tkt'>, now: Date) =>
    askVerb(db.url, token, postMessage, { ticketId, audience: 'internal', body: 'A note' } as never, now),
  teamNote: (ticketId: Id<'tkt'>, now: Date) =>
    askVerb(
      db.url,
      token,
      postMessage,
      { ticketId, audience: 'shared_team', sharedTeamId: world.teams.support, body: 'For us' } as never,
      now,
    ),
  assign: (ticketId: Id<'tkt'>, now: Date) =>
    askVerb(
      db.url,
      token,
      assignTicket,
      { ticketId, ifMatch: null, assigneePrincipalId: world.agent.id, assigneeTeamId: undefined },
      now,
    ),
  tag: (ticketId: Id<'tkt'>, now: Date) =>
    askVerb(
      db.url,
      token,
      tagTicket,
      { ticketId, ifMatch: null, add: [`t${now.getTime()}`], remove: [] } as never,
      now,
    ),
  priority: (ticketId: Id<'tkt'>, now: Date) =>
    askVerb(
      db.url,
      token,
      updateTicket,
      { ticketId, ifMatch: null, changes: { priority: now.getTime() % 2 === 0 ? 'high' : 'low' } },
      now,
    ),
};

/** What a customer may notice. */
const noticed = (who: TestCustomer['session']) => ({
  answer: (ticketId: Id<'tkt'>, now: Date) =>
    askVerb(db.url, token, postMessage, { ticketId, audience: 'public', body: 'An answer' } as never, now),
  reply: (ticketId: Id<'tkt'>, now: Date) =>
    askCustomer(db.url, who, replyPortalTicket, { via: 'portal', ticketId, body: 'A reply' }, now),
  solve: (ticketId: Id<'tkt'>, now: Date) => askCustomer(db.url, who, solvePortalTicket, { ticketId }, now),
});

test('whatever the desk does among itself changes no order, time, tag or number that a customer sees, after any history', async () => {
  const kinds = ['note', 'teamNote', 'assign', 'tag', 'priority', 'answer', 'reply', 'solve'] as const;
  const step = fc.record({ kind: fc.constantFrom(...kinds), ticket: fc.nat(2) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 9 }), async (history) => {
      const ada = await customer(world);
      const mine: Id<'tkt'>[] = [];
      for (let n = 0; n < 3; n += 1)
        mine.push((await world.ticket({ requesterContactId: ada.contactId, primaryTeamId: world.teams.support })).id);
      let now = Date.now();
      const picture = async () => {
        const at = new Date(now + 500);
        const tickets = await Promise.all(
          mine.map(async (ticketId) => ({
            ticket: (await askCustomer(db.url, ada.session, getPortalTicket, { ticketId }, at)).output,
            thread: (
              await askCustomer(db.url, ada.session, listPortalMessages, { ticketId, limit: 50, cursor: undefined }, at)
            ).output,
          })),
        );
        const shown = { list: (await list(ada.session)).data, tickets };
        return { shown, tags: [answerTag(shown.list), ...tickets.map(answerTag)] };
      };
      let before = await picture();
      for (const { kind, ticket } of history) {
        now += 1000;
        const id = mine[ticket] as Id<'tkt'>;
        const act = { ...INTERNAL, ...noticed(ada.session) }[kind];
        await act(id, new Date(now));
        const after = await picture();
        if (kind in INTERNAL) expect(after).toEqual(before);
        else if (kind !== 'solve') expect(after.tags).not.toEqual(before.tags);
        before = after;
      }
    }),
    { numRuns: 5 },
  );
}, 120_000);

test('a list costs one trip and reads a few rows per row shown, however many tickets there are', async () => {
  const org = await organization(world, 'Big', {});
  const heavy = await customer(world, { name: 'Heavy', organizationId: org });
  await db.query(
    `insert into tickets (number, subject, status_id, status_category, requester_contact_id, requester_principal_id, organization_id, visibility,
        last_activity_at, last_public_at, created_at)
     select nextval('ticket_number_seq'), 'Row ' || n, $1, 'open',
        case when n % 3 = 0 then $2::uuid end, case when n % 5 = 0 then $3::uuid end, case when n % 7 = 0 then $4::uuid end, 'org', at, at, at
     from generate_series(1, 6000) n, lateral (select timestamptz '2026-01-01' + (n / 4) * interval '1 minute' as at) x`,
    [idToUuid(world.statuses.open), idToUuid(heavy.contactId), idToUuid(heavy.session.principalId), idToUuid(org)],
  );
  await db.query('analyze tickets');
  const limit = 20;
  const kernel = testKernel(db.url);
  const at = { now: new Date(), keys: kernel.keys, session: heavy.session, c: customerCte(heavy.session) };
  const { trips } = await askCustomer(db.url, heavy.session, listPortalTickets, {
    status: undefined,
    limit,
    cursor: undefined,
  });
  expect(trips).toBe(1);
  const first = await list(heavy.session, { limit: 100 });
  for (const cursor of [undefined, first.page.next ?? undefined]) {
    const { text, params } = listPortalTickets.load({ status: undefined, limit, cursor }, at).found;
    const [plan] = await db.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, format json) ${text}`,
      params,
    );
    const read = ticketRows(plan?.['QUERY PLAN'][0].Plan);
    expect(read).toBeGreaterThan(limit);
    expect(read).toBeLessThanOrEqual(5 * 2 * (limit + 1));
  }
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Awaited<ReturnType<typeof list>> = await list(heavy.session, { limit: 200, ...(cursor && { cursor }) });
    seen.push(...ids(page));
    if (page.page.next === null) break;
    cursor = page.page.next;
    if (seen.length > 3000) break;
  }
  const expected = await db.query<{ id: string }>(
    `select to_typeid('tkt', id) as id from tickets where requester_contact_id = $1 or requester_principal_id = $2 or organization_id = $3
     order by last_public_at desc, id desc limit $4`,
    [idToUuid(heavy.contactId), idToUuid(heavy.session.principalId), idToUuid(org), seen.length],
  );
  expect(seen).toEqual(expected.map(({ id }) => id));
});

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

const ticketRows = (node: PlanNode | undefined): number =>
  node === undefined
    ? 0
    : (node['Relation Name'] === 'tickets'
        ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
        : 0) + (node.Plans ?? []).reduce((sum, child) => sum + ticketRows(child), 0);

test('a customer’s list has exactly what they may read one by one, whoever asked, took part, or is a colleague', async () => {
  const [acme, other] = [await organization(world, 'Acme'), await organization(world, 'Other')];
  const ada = await customer(world, { name: 'Ada', organizationId: acme });
  const bob = await customer(world, { name: 'Bob', organizationId: acme });
  const people = [ada, bob, await customer(world, { name: 'Cat', organizationId: other }), await customer(world)];
  const agent = { principalId: world.agent.id, assurance: 'verified' as const };
  const leaver = await world.member({ role: 'agent' });
  await db.query("update principal set member_state = 'removed', member_ended_at = now() where id = $1", [
    idToUuid(leaver.id),
  ]);
  const sessions = [
    ...people.map(({ session }) => session),
    { ...ada.session, assurance: 'anonymous' as const },
    agent,
    { principalId: leaver.id, assurance: 'verified' as const },
    await visitor(world),
  ];
  const contacts = fc.constantFrom(...people.map(({ contactId }) => contactId));
  const logins = fc.constantFrom(...sessions.map(({ principalId }) => principalId));
  const made = fc.record({
    requesterContactId: contacts,
    requesterPrincipalId: fc.option(logins, { nil: null }),
    organizationId: fc.option(fc.constantFrom(acme, other), { nil: null }),
    visibility: fc.constantFrom(...TICKET_VISIBILITIES),
    deletedAt: fc.constantFrom(null, null, null, new Date()),
    seat: fc.option(fc.oneof(contacts, logins), { nil: null }),
    role: fc.constantFrom(...PARTICIPANT_ROLES),
  });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(made, { minLength: 12, maxLength: 12 }), async (plans) => {
      const tickets = [];
      for (const { seat, role, ...fields } of plans) {
        const { id: ticketId } = await world.ticket(fields);
        tickets.push(ticketId);
        if (seat === null) continue;
        const who = isId('contact', seat) ? { contactId: seat } : { principalId: seat as Id<'prin'> };
        const row = { id: world.newId('tpart'), ticketId, ...who, role, actorKind: 'system' as const };
        await world.put(qb.insert(ticketParticipants).values(row));
      }
      for (const session of sessions) {
        const told = new Set(ids(await list(session)));
        const plain = rows<{ id: string }>(
          sql`with ${customerCte(session)} select public.to_typeid('tkt', id) as id from tickets where ${visibleToCustomer()}`,
        );
        const [found] = await testKernel(db.url).db.batch([plain] as const, { kind: 'load' });
        const seen = new Set(found.map(({ id }) => id));
        for (const ticketId of tickets) {
          const reads = await askCustomer(db.url, session, getPortalTicket, { ticketId }).then(
            () => true,
            () => false,
          );
          expect([ticketId, reads, seen.has(ticketId)]).toEqual([ticketId, told.has(ticketId), told.has(ticketId)]);
          read += reads ? 1 : 0;
        }
        // Working on a ticket, now or once, is no part of a customer.
        const staff = session.principalId === agent.principalId || session.principalId === leaver.id;
        for (const [n, { seat, requesterPrincipalId }] of plans.entries())
          if (staff && seat === session.principalId && requesterPrincipalId !== seat)
            expect(told.has(tickets[n] as Id<'tkt'>)).toBe(false);
      }
      await db.query('update tickets set deleted_at = now() where deleted_at is null');
    }),
    { numRuns: 2, endOnFailure: true },
  );
  expect(read).toBeGreaterThan(0);
}, 120_000);
