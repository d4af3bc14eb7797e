import { writeFile } from 'node:fs/promises';
import type pg from 'pg';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { uuidToId } from '#schema/ids.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { parseApiKey } from '#services/access/credential.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { listLoad } from '#services/tickets/list-tickets.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { COMMON_WORD, RARE_WORD } from './fill/tickets.ts';
import { percentile } from './percentile.ts';
import { buffersOf, type Explained, explain, explainText, rowsRead } from './plan.ts';
import type { Row, Section } from './table.ts';

const PLAN_FILE = 'dist/bench-lists-plan.txt';
const RUNS = 20;
const PAGE = 50;

/** What a page of fifty tickets costs the database: through each lens, of one queue, of one customer, and by words. */
export async function measureLists(client: pg.Client, filled: FilledDesk, kernel: Kernel): Promise<Section> {
  const one = async (text: string): Promise<string> => (await client.query<{ id: string }>(text)).rows[0]?.id ?? '';
  const busy = uuidToId('team', await one("select id from teams where slug = 'bench-0'"));
  const quiet = uuidToId('team', await one("select id from teams where slug = 'bench-77'"));
  const customer = uuidToId('contact', await one("select id from contacts where external_id = 'crm-0'"));
  const lists: [string, Partial<TicketFilter>][] = [
    ['all in sight', {}],
    ['active ones in sight', { statusCategory: ['open', 'pending', 'on_hold'] }],
    ['a busy queue', { team: [busy] }],
    ['a quiet queue', { team: [quiet] }],
    ['my teams', { scope: 'team' }],
    ['mine', { scope: 'mine' }],
    ['unassigned', { scope: 'unassigned' }],
    ['newest first', { sort: '-created' }],
    ['due first, open', { sort: 'slaDue', statusCategory: ['open'] }],
    ['of one customer', { requester: [customer] }],
    ['a rare word', { q: RARE_WORD }],
    ['a word in every ticket', { q: COMMON_WORD }],
    ['a word in none', { q: 'unheardof' }],
  ];
  const found: Row[] = [];
  const plans: string[] = [];
  for (const [who, token] of [
    ['owner', filled.owner.token],
    ['agent, 10 teams', filled.agentToken],
  ] as const)
    for (const [what, filter] of lists) {
      const page = pageOf(token, filter, kernel);
      found.push(await measure(client, `${what}: ${who}`, page));
      await client.query(page.hints === undefined ? 'begin' : `begin; ${page.hints.text}`);
      plans.push(`${what}: ${who}\n\n${await explainText(client, page.found)}\n`);
      await client.query('rollback');
    }
  await writeFile(PLAN_FILE, plans.join('\n'));
  return {
    title: `Pages of ${PAGE} of ${filled.tickets.toLocaleString('en')} tickets`,
    rows: found,
    notes: [
      'Goals at 1,000,000 tickets, execution p95: a lens 5 ms, a rare word 30 ms, a word in every ticket 150 ms.',
      `Rows are those that scans took up, in all tables. Plans: ${PLAN_FILE}.`,
    ],
  };
}

function pageOf(token: string, filter: Partial<TicketFilter>, { now, keys }: Kernel) {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a key of the filled desk parses');
  const input = { filter: { sort: '-lastActivity', ...filter } as TicketFilter, limit: PAGE, cursor: undefined };
  return listLoad(input, { auth: authorityCte(credential, now), keys }, 'listTickets');
}

async function measure(client: pg.Client, what: string, { hints, found }: ReturnType<typeof pageOf>): Promise<Row> {
  const explained: Explained[] = [];
  for (let n = 0; n < RUNS; n += 1) explained.push(await explain(client, found, { after: hints }));
  const times = (name: 'Planning Time' | 'Execution Time') => explained.map((each) => each[name]);
  const plan = explained.at(-1)?.Plan;
  return {
    what,
    'planning p50 ms': percentile(times('Planning Time'), 50),
    'execution p50 ms': percentile(times('Execution Time'), 50),
    'execution p95 ms': percentile(times('Execution Time'), 95),
    rows: plan === undefined ? null : rowsRead(plan),
    buffers: plan === undefined ? null : buffersOf(plan),
  };
}
