import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Explained, explain, type PlanNode } from '#bench/plan.ts';
import { TICKET_SCOPES, type TicketFilter } from '#schema/api/ticket-filter.ts';
import { CALLERS, holding, type ManyLists, openManyLists, tagged } from '#tests/support/many-lists.ts';

const TICKETS = 50_000;
const LIMIT = 50;

let lists: ManyLists;
beforeAll(async () => {
  lists = await openManyLists(TICKETS, LIMIT);
}, 120_000);
afterAll(() => lists.close());

function planOf(who: string, filter: Partial<TicketFilter>): Promise<Explained> {
  const { hints, found } = lists.loadOf(who, filter);
  return explain(lists.client, found, { after: hints });
}

const ticketRows = (who: string, filter: Partial<TicketFilter>) => lists.rowsOf('tickets', who, filter);

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
test.each(Object.keys(BRANCHES).flatMap((who) => TICKET_SCOPES.map((scope) => [who, scope] as const)))(
  '%s, scope %s: no more than the pages of its branches are read, of all that leads to tickets',
  async (who, scope) => {
    const branches = BRANCHES[who]?.[scope] ?? 0;
    for (const table of ['tickets', 'ticket_shares', 'ticket_participants'])
      expect(await lists.rowsOf(table, who, { scope }), table).toBeLessThanOrEqual(pages(branches));
  },
);

test.each([
  ['a queue', () => ({ team: [lists.world.teams.support] }), 4],
  ['my queues', () => ({ team: ['myTeams' as const] }), 8],
  ['an inbox', () => ({ inbox: [lists.world.inboxes.help] }), 2],
  ['a person', () => ({ assignee: [lists.world.agent.id] }), 2],
  ['nobody', () => ({ assignee: ['none' as const], statusCategory: ['open' as const] }), 8],
  ['open ones', () => ({ statusCategory: ['open' as const] }), 8],
  ['a tag', () => ({ tag: ['spread' as never] }), 6],
  ['a common tag', () => ({ tag: ['mass' as never], statusCategory: ['open' as const] }), 4],
] satisfies [string, () => Partial<TicketFilter>, number][])(
  'tickets of %s are read through their own index',
  async (_what, filter, branches) => {
    for (const who of CALLERS)
      for (const table of ['tickets', 'ticket_shares', 'ticket_participants', 'ticket_tag_links'])
        expect(await lists.rowsOf(table, who, filter()), `${who}, ${table}`).toBeLessThanOrEqual(pages(branches));
  },
);

test('a common word is met on the way, a rare one is read out of its index, and never all documents', async () => {
  const page = LIMIT + 1;
  for (const who of CALLERS)
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
  for (const who of CALLERS)
    for (const limit of [1, 7, 200])
      expect(await lists.pageOf(who, { q: 'sometimes' }, limit), `${who}, ${limit}`).toEqual(
        await lists.sorted(who, holding('sometimes'), limit),
      );
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
    const { text } = lists.loadOf('agent', {
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
    for (const who of CALLERS)
      for (const limit of [1, 7, 200]) {
        expect(await lists.pageOf(who, filter as Partial<TicketFilter>, limit), `${who}, ${limit}`).toEqual(
          await lists.sorted(who, where, limit),
        );
      }
  },
);
