import { writeFile } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { uuidToId } from '#schema/ids.ts';
import { authorityQuery, authorityUnchanged } from '#services/access/authority.ts';
import { authorityCte, memberRows } from '#services/access/authority-sql.ts';
import { type ApiKeyCredential, parseApiKey } from '#services/access/credential.ts';
import { viewersOf } from '#services/access/viewers-of.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { listTickets } from '#services/tickets/list-tickets.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { MEMBERS, TEAMS } from './fill/people.ts';
import { percentile } from './percentile.ts';
import { buffersOf, type Explained, explain, explainText } from './plan.ts';
import { plansInside } from './plans-inside.ts';
import type { Row, Section } from './table.ts';

const PLAN_FILE = 'dist/bench-authority-plan.txt';
const RUNS = 100;
const RUNS_OF_MANY = 10;
const MANY = 5000;
const PAGE = 50;

interface Measured {
  what: string;
  statement: Statement;
  runs: number;
}

/** What it costs to know who asks, what every load and every commit begins with, and to show them no more than theirs. */
export async function measureAccess(
  client: pg.Client,
  url: string,
  filled: FilledDesk,
  kernel: Kernel,
): Promise<Section> {
  const { now } = kernel;
  const callers = [
    ['agent, 10 teams', credentialOf(filled.agentToken)],
    ['50 grants', credentialOf(filled.grantedToken)],
    ['owner', credentialOf(filled.owner.token)],
  ] as const;
  const measured: Measured[] = [
    { what: 'nothing: select 1', statement: run(sql`select 1`), runs: RUNS },
    ...callers.map(([who, credential]) => ({
      what: `caller: ${who}`,
      statement: authorityQuery(credential, now),
      runs: RUNS,
    })),
    {
      what: 'unchanged at commit: 50 grants',
      statement: run(authorityUnchanged(callers[1][1], now, await digestOf(client, callers[1][1], now))),
      runs: RUNS,
    },
    { what: `sight of ${MANY} members`, statement: await sightOfMany(client, now), runs: RUNS_OF_MANY },
    ...callers.map(([who, credential]) => ({
      what: `page of open tickets: ${who}`,
      statement: pageOf(credential, kernel),
      runs: RUNS_OF_MANY,
    })),
  ];
  const found: Row[] = [];
  const plans: string[] = [];
  for (const { what, statement, runs } of measured) {
    found.push(await measure(client, what, statement, runs));
    plans.push(`${what}\n\n${await explainText(client, statement)}\n${await plansInside(client, statement)}`);
  }
  await writeFile(PLAN_FILE, plans.join('\n'));
  const first = await firstCalls(url, authorityQuery(callers[0][1], now));
  return {
    title: `Authority, ${MEMBERS.toLocaleString('en')} members, ${TEAMS} teams, ${filled.tickets.toLocaleString('en')} tickets`,
    rows: found,
    notes: [
      'Goals: execution p50 at most 1 ms with 50 grants, 50 ms for the sight of 5,000 members. A change reads it twice.',
      'On a machine with other work the best is nearer to the truth; "nothing" says how much of the rest is the machine.',
      `whole: as the driver sends it, parsed and planned anew each time but for the body of a function. Plans: ${PLAN_FILE}.`,
      `The first call on a new connection, which plans the function: ${first.toFixed(1)} ms (p50 of ${RUNS_OF_MANY}).`,
    ],
  };
}

function credentialOf(token: string): ApiKeyCredential {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a key of the filled desk parses');
  return credential;
}

async function digestOf(client: pg.Client, credential: ApiKeyCredential, now: Date): Promise<string> {
  const { text, params } = rows(sql`with ${authorityCte(credential, now)} select digest from auth`);
  const found = await client.query<{ digest: string }>({ text, values: [...params] });
  return found.rows[0]?.digest ?? '';
}

/** What a fan-out asks: who of so many may see one ticket. */
async function sightOfMany(client: pg.Client, now: Date): Promise<Statement> {
  const found = await client.query<{ id: string }>('select id from tickets order by id desc limit 1');
  const members = sql`select id from principal where member_state = 'active' order by id limit ${MANY}`;
  return rows(viewersOf(uuidToId('tkt', found.rows[0]?.id ?? ''), memberRows(members), now));
}

const pageOf = (credential: ApiKeyCredential, { now, keys }: Kernel): Statement =>
  listTickets.load(
    { filter: { sort: '-lastActivity', statusCategory: ['open'] } as TicketFilter, limit: PAGE, cursor: undefined },
    { now, keys, auth: authorityCte(credential, now) },
  ).found;

async function firstCalls(url: string, statement: Statement): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < RUNS_OF_MANY; n += 1) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const started = performance.now();
    await client.query({ text: statement.text, values: [...statement.params] });
    took.push(performance.now() - started);
    await client.end();
  }
  return percentile(took, 50);
}

async function measure(client: pg.Client, what: string, statement: Statement, runs: number): Promise<Row> {
  const whole: number[] = [];
  const explained: Explained[] = [];
  // One after the other: between two runs of a kind, the other would empty the caches of the processor.
  for (let n = 0; n < runs; n += 1) explained.push(await explain(client, statement));
  for (let n = 0; n < runs; n += 1) {
    const started = performance.now();
    await client.query({ text: statement.text, values: [...statement.params] });
    whole.push(performance.now() - started);
  }
  const last = explained.at(-1);
  return {
    what,
    'planning p50 ms': percentile(
      explained.map((each) => each['Planning Time']),
      50,
    ),
    'execution best ms': Math.min(...explained.map((each) => each['Execution Time'])),
    'execution p50 ms': percentile(
      explained.map((each) => each['Execution Time']),
      50,
    ),
    'whole p50 ms': percentile(whole, 50),
    buffers: last === undefined ? null : buffersOf(last.Plan),
  };
}
