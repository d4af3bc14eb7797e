import { type SQL, sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Explained, explain, type PlanNode } from '#bench/plan.ts';
import { rowsTouched } from '#bench/rows-touched.ts';
import { TICKET_SCOPES, type TicketFilter } from '#schema/api/ticket-filter.ts';
import { idToUuid } from '#schema/ids.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { visible } from '#services/access/visible.ts';
import { rows } from '#services/kernel/query.ts';
import { type ListTicketsInput, listLoad } from '#services/tickets/list-tickets.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { fillTickets } from '#tests/support/many-tickets.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const TICKETS = 50_000;
const LIMIT = 50;

let db: TestDatabase;
let world: World;
let client: pg.Client;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  await fillTickets(db, world, TICKETS, 8);
  await db.query(`
    with made as (insert into ticket_tags (name) values ('rare'), ('spread'), ('mass') returning id, name)
    insert into ticket_tag_links (ticket_id, tag_id)
      select t.id, m.id from made m join tickets t on t.number % case m.name when 'rare' then 997 when 'spread' then 61 else 2 end = 1`);
  await db.query(`update ticket_search set doc = doc || search_doc('sometimes')
    where ticket_id in (select id from tickets where last_activity_at::date - date '2026-01-01' > 3 and number % 12 = 3)`);
  await db.query('vacuum analyze ticket_tag_links, ticket_search');
  tokens.owner = (await world.keyFor(PERMISSION_KEYS)).token;
  tokens.agent = (await world.keyFor(PERMISSION_KEYS, { creator: world.agent })).token;
  client = new pg.Client({ connectionString: db.url });
  await client.connect();
}, 120_000);
afterAll(async () => {
  await client.end();
  await db.drop();
});

function credentialOf(who: string) {
  const credential = parseApiKey(tokens[who] ?? '', null);
  if (credential === undefined) throw new TypeError('a test key parses');
  return credential;
}

function loadOf(who: string, filter: Partial<TicketFilter>, limit = LIMIT) {
  const kernel = testKernel(db.url);
  const input: ListTicketsInput = {
    filter: { sort: '-lastActivity', ...filter } as TicketFilter,
    limit,
    cursor: undefined,
  };
  return listLoad(input, { auth: authorityCte(credentialOf(who), kernel.now), keys: kernel.keys }, 'test');
}

function planOf(who: string, filter: Partial<TicketFilter>): Promise<Explained> {
  const { hints, found } = loadOf(who, filter);
  return explain(client, found, { after: hints });
}

/** Rows of a table that were read, or entries of its indexes: the page is read once more by what is joined to it. */
async function rowsOf(table: string, who: string, filter: Partial<TicketFilter>): Promise<number> {
  const { hints, found } = loadOf(who, filter);
  const { index, heap } = await rowsTouched(client, found, { before: hints, table });
  return Math.max(index, heap);
}
const ticketRows = (who: string, filter: Partial<TicketFilter>) => rowsOf('tickets', who, filter);

function nodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodes)];
}

/**
 * Equalities of indexes that a lens follows, both halves of activity counted. The owner sees everything. The agent has one
 * team and is two people, themselves and their key.
 */
const BRANCHES: Record<string, Record<(typeof TICKET_SCOPES)[number], number>> = {
  owner: { visible: 2, all: 2, mine: 4, team: 0, unassigned: 1, inbox: 0, shared: 0, participating: 0 },
  agent: { visible: 22, all: 22, mine: 4, team: 4, unassigned: 11, inbox: 0, shared: 2, participating: 4 },
};
const pages = (branches: number): number => (branches * 2 + 1) * (LIMIT + 1);
/** Shares with the agent's team, or participations of the agent: in another order than the default these are read whole. */
const READ_WHOLE = TICKETS / 20;

test.each(Object.keys(BRANCHES).flatMap((who) => TICKET_SCOPES.map((scope) => [who, scope] as const)))(
  '%s, scope %s: no more than the pages of its branches are read, of all that leads to tickets',
  async (who, scope) => {
    const branches = BRANCHES[who]?.[scope] ?? 0;
    for (const table of ['tickets', 'ticket_shares', 'ticket_participants'])
      expect(await rowsOf(table, who, { scope }), table).toBeLessThanOrEqual(pages(branches));
    const oldest = await ticketRows(who, { scope, sort: 'lastActivity' });
    expect(oldest, 'oldest first').toBeLessThanOrEqual(pages(branches) + (who === 'agent' ? 2 * READ_WHOLE : 0));
  },
);

test.each([
  ['a queue', () => ({ team: [world.teams.support] }), 4],
  ['my queues', () => ({ team: ['myTeams' as const] }), 8],
  ['an inbox', () => ({ inbox: [world.inboxes.help] }), 2],
  ['a person', () => ({ assignee: [world.agent.id] }), 2],
  ['nobody', () => ({ assignee: ['none' as const], statusCategory: ['open' as const] }), 8],
  ['open ones', () => ({ statusCategory: ['open' as const] }), 8],
  ['a tag', () => ({ tag: ['spread' as never] }), 6],
  ['a common tag', () => ({ tag: ['mass' as never], statusCategory: ['open' as const] }), 4],
] satisfies [string, () => Partial<TicketFilter>, number][])(
  'tickets of %s are read through their own index',
  async (_what, filter, branches) => {
    for (const who of ['owner', 'agent'])
      for (const table of ['tickets', 'ticket_shares', 'ticket_participants', 'ticket_tag_links'])
        expect(await rowsOf(table, who, filter()), `${who}, ${table}`).toBeLessThanOrEqual(pages(branches));
  },
);

test('a common word is met on the way, a rare one is read out of its index, and never all documents', async () => {
  const page = LIMIT + 1;
  for (const who of ['owner', 'agent'])
    for (const [q, tried, inIndex] of [
      ['everywhere', page, false],
      ['often everywhere', page, false],
      ['everywh', page, false],
      ['sometimes', 21 * page, false],
      ['seldom', page, true],
      ['nowhere', page, true],
      ['#77', page, true],
    ] as const) {
      const { Plan } = await planOf(who, { q });
      const docs = nodes(Plan).filter((node) => node['Relation Name'] === 'ticket_search');
      expect(
        docs.map((node) => node['Node Type']),
        q,
      ).not.toContain('Seq Scan');
      const most = (BRANCHES[who]?.visible ?? 0) * tried + 4 * tried + 2 * (TICKETS / 1000);
      expect(await ticketRows(who, { q }), `${who} ${q}`).toBeLessThanOrEqual(most);
      const byWord = nodes(Plan).filter(
        (node) => node['Node Type'] === 'Bitmap Index Scan' && node['Actual Loops'] !== 0,
      );
      expect(byWord.length > 0, `${who} ${q}`).toBe(inIndex);
    }
});

test('a word of some is found as it would be by looking at all', async () => {
  const holds = sql`exists (select from ticket_search d where d.ticket_id = tickets.id and d.doc @@ 'sometimes')`;
  for (const who of ['owner', 'agent'])
    for (const limit of [1, 7, 200]) {
      const { hints, found } = loadOf(who, { q: 'sometimes' }, limit);
      const [, page] = await testKernel(db.url).db.batch([hints, found], { kind: 'load' });
      expect(
        page.map(({ ticket }) => idToUuid(ticket.id)),
        `${who}, ${limit}`,
      ).toEqual(await sorted(who, holds, limit + 1));
    }
});

test('other orders are walked through the index of all tickets, for who sees some of them too', async () => {
  for (const filter of [
    { sort: '-created' },
    { sort: 'created' },
    { sort: 'slaDue', statusCategory: ['open'] },
    { sort: 'waiting', statusCategory: ['open'] },
    { sort: 'priority', statusCategory: ['open'] },
  ] satisfies Partial<TicketFilter>[]) {
    expect(await ticketRows('owner', filter), filter.sort).toBeLessThanOrEqual(4 * (LIMIT + 1));
    // One ticket in four is theirs.
    expect(await ticketRows('agent', filter), filter.sort).toBeLessThanOrEqual(12 * (LIMIT + 1));
  }
});

test('the page of a usual list is found by plans that a connection keeps', () => {
  for (const scope of TICKET_SCOPES) {
    const { text } = loadOf('agent', {
      scope,
      statusCategory: ['open'],
      priority: ['high'],
      tag: ['vip' as never],
    }).found;
    const [page] = text.split(') select "tickets"');
    expect(page, scope).toContain('public.ticket_page');
    expect(page, scope).not.toContain('ticket_shares');
  }
});

/** What a page must be, without ways and rounds: all in sight that fits, sorted. */
async function sorted(who: string, where: SQL, limit: number): Promise<string[]> {
  const kernel = testKernel(db.url);
  const query = rows<{ id: string }>(sql`with ${authorityCte(credentialOf(who), kernel.now)}
    select tickets.id from tickets where ${visible()} and ${where} order by last_activity_at desc, tickets.id desc limit ${limit}`);
  const [found] = await kernel.db.batch([query], { kind: 'load' });
  return found.map(({ id }) => id);
}

const tagged = (name: string) =>
  sql`exists (select from ticket_tag_links l join ticket_tags g on g.id = l.tag_id where l.ticket_id = tickets.id and g.name = ${name})`;

test.each([
  ['all', {}, sql`true`],
  ['a quarter', { priority: ['urgent'] }, sql`priority = 'urgent'`],
  ['none', { priority: ['urgent'], statusCategory: ['pending'] }, sql`false`],
  ['a category', { statusCategory: ['solved'] }, sql`status_category = 'solved'`],
  ['a rare tag', { tag: ['rare'] }, tagged('rare')],
  ['a tag here and there', { tag: ['spread'], statusCategory: ['open'] }, sql`${tagged('spread')} and is_active`],
  ['a tag of half', { tag: ['mass'], priority: ['low'] }, sql`${tagged('mass')} and priority = 'low'`],
  [
    'unassigned and spread',
    { scope: 'unassigned', tag: ['spread'] },
    sql`${tagged('spread')} and is_active and assignee_principal_id is null`,
  ],
  ['shared', { visibility: ['shared'], priority: ['low'] }, sql`visibility = 'shared' and priority = 'low'`],
] satisfies [string, Partial<Record<keyof TicketFilter, unknown>>, SQL][])(
  'however many rounds it takes, a page holds the newest in sight: %s',
  async (_what, filter, where) => {
    for (const who of ['owner', 'agent'])
      for (const limit of [1, 7, 200]) {
        const { hints, found } = loadOf(who, filter as Partial<TicketFilter>, limit);
        const [, page] = await testKernel(db.url).db.batch([hints, found], { kind: 'load' });
        expect(
          page.map(({ ticket }) => idToUuid(ticket.id)),
          `${who}, ${limit}`,
        ).toEqual(await sorted(who, where, limit + 1));
      }
  },
);
