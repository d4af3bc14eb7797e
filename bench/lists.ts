import { writeFile } from 'node:fs/promises';
import type pg from 'pg';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { uuidToId } from '#schema/ids.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { type Credential, parseApiKey } from '#services/access/credential.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { listLoad } from '#services/tickets/list-tickets.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { COMMON_WORD, RARE_WORD } from './fill/tickets.ts';
import { measureRead, type Scene } from './measure-read.ts';
import { recordScenes } from './record-scenes.ts';
import type { Row, Section } from './table.ts';

const PLAN_FILE = 'dist/bench-lists-plan.txt';
export const PAGE = 50;

/** What a page of fifty costs the database: of tickets through each lens, of one queue, by words; of customers; of one. */
export async function measureLists(client: pg.Client, filled: FilledDesk, kernel: Kernel): Promise<Section> {
  const found: Row[] = [];
  const plans: string[] = [];
  const scenes = [...(await ticketScenes(client, filled, kernel)), ...(await recordScenes(client, filled, kernel))];
  for (const scene of scenes) {
    const { row, plan } = await measureRead(client, scene);
    found.push(row);
    plans.push(plan);
  }
  await writeFile(PLAN_FILE, plans.join('\n'));
  return {
    title: `Pages of ${PAGE} of ${filled.tickets.toLocaleString('en')} tickets, ${filled.contacts.toLocaleString('en')} contacts`,
    rows: found,
    notes: [
      'Goals at 1,000,000 tickets, execution p95: a lens 5 ms, a rare word 30 ms, a word in every ticket 150 ms, customers 10 ms.',
      'cpu: of the whole statement, authority, parsing and planning included; what neighbours on the machine do not change.',
      `Rows are counted by Postgres, those inside functions included. Plans: ${PLAN_FILE}.`,
    ],
  };
}

export function credentialOf(token: string): Credential {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a key of the filled desk parses');
  return credential;
}

export async function ticketScenes(client: pg.Client, filled: FilledDesk, { now, keys }: Kernel): Promise<Scene[]> {
  const one = async (text: string): Promise<string> => (await client.query<{ id: string }>(text)).rows[0]?.id ?? '';
  const busy = uuidToId('team', await one("select id from teams where slug = 'bench-0'"));
  const quiet = uuidToId('team', await one("select id from teams where slug = 'bench-77'"));
  const customer = uuidToId('contact', await one("select id from contacts where external_id = 'crm-77'"));
  const lists: [string, Partial<TicketFilter>][] = [
    ['all in sight', {}],
    ['active ones in sight', { statusCategory: ['open', 'pending', 'on_hold'] }],
    ['a busy queue', { team: [busy] }],
    ['a quiet queue', { team: [quiet] }],
    ['my teams', { scope: 'team' }],
    ['mine', { scope: 'mine' }],
    ['unassigned', { scope: 'unassigned' }],
    ['my inboxes', { scope: 'inbox' }],
    ['shared with my teams', { scope: 'shared' }],
    ['where I take part', { scope: 'participating' }],
    ['open with a tag', { statusCategory: ['open'], tag: ['topic-7'] }],
    ['newest first', { sort: '-created' }],
    ['due first, open', { sort: 'slaDue', statusCategory: ['open'] }],
    ['waiting longest, open', { sort: 'waiting', statusCategory: ['open'] }],
    ['most urgent, open', { sort: 'priority', statusCategory: ['open'] }],
    ['of one customer', { requester: [customer] }],
    ['a rare word', { q: RARE_WORD }],
    ['a word in every ticket', { q: COMMON_WORD }],
    ['a word in none', { q: 'unheardof' }],
    ['a rare word, newest first', { q: RARE_WORD, sort: '-created' }],
    ['with a tag, newest first', { tag: ['topic-7'], sort: '-created' }],
    ['an address looked for', { q: 'person-77@company-7.example' }],
    ['a field that none has', { 'field.plan': 'pro' }],
    ['broken promises, of which there are none', { slaState: ['breached'] }],
  ];
  const callers = [
    ['owner', filled.owner.token],
    ['agent, 10 teams', filled.agentToken],
    ['50 grants', filled.grantedToken],
  ] as const;
  return callers.flatMap(([who, token]) =>
    lists.map(([what, filter]) => {
      const input = { filter: { sort: '-lastActivity', ...filter } as TicketFilter, limit: PAGE, cursor: undefined };
      const { hints, found } = listLoad(input, { auth: authorityCte(credentialOf(token), now), keys }, 'listTickets');
      return { what: `${what}: ${who}`, statement: found, before: hints };
    }),
  );
}
