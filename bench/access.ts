import { writeFile } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { authorityQuery } from '#services/access/authority.ts';
import { authorityFrom, memberRows } from '#services/access/authority-sql.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { MEMBERS, TEAMS } from './fill/people.ts';
import { percentile } from './percentile.ts';
import { buffersOf, type Explained, explain, explainText } from './plan.ts';
import type { Row, Section } from './table.ts';

const PLAN_FILE = 'dist/bench-authority-plan.txt';
const RUNS = 100;
const RUNS_OF_MANY = 10;
const MANY = 5000;

/** What it costs to know who asks: the fragment that every load and every commit begins with. */
export async function measureAccess(client: pg.Client, filled: FilledDesk): Promise<Section> {
  const now = new Date();
  const caller = (token: string): Statement => {
    const credential = parseApiKey(token, null);
    if (credential === undefined) throw new TypeError('a key of the filled desk parses');
    return authorityQuery(credential, now);
  };
  const many = sql`select id from principal where member_state = 'active' order by id limit ${MANY}`;
  const asked: [what: string, statement: Statement, runs: number][] = [
    ['caller: agent, 10 teams', caller(filled.agentToken), RUNS],
    ['caller: 50 grants', caller(filled.grantedToken), RUNS],
    ['caller: owner', caller(filled.owner.token), RUNS],
    [`sight of ${MANY} members`, sightOfMany(many, now), RUNS_OF_MANY],
  ];
  const found: Row[] = [];
  const plans: string[] = [];
  for (const [what, statement, runs] of asked) {
    found.push(await measure(client, what, statement, runs));
    plans.push(`${what}\n\n${await explainText(client, statement)}\n`);
  }
  await writeFile(PLAN_FILE, plans.join('\n'));
  return {
    title: `Authority, ${MEMBERS.toLocaleString('en')} members, ${TEAMS} teams, ${filled.tickets.toLocaleString('en')} tickets`,
    rows: found,
    notes: [
      'Goals: execution p50 at most 1 ms with 50 grants, 50 ms for the sight of 5,000 members. A change reads it twice.',
      `whole: as the driver sends it, parsed and planned anew each time. Plans: ${PLAN_FILE}.`,
    ],
  };
}

/** What a fan-out asks: who of so many may see one team's ticket. */
const sightOfMany = (principalIds: ReturnType<typeof sql>, now: Date): Statement =>
  rows(sql`with ${authorityFrom(memberRows(principalIds), now)}
    select a.holder_id from auth_facts a, (select primary_team_id as team, inbox_id as inbox from tickets order by id desc limit 1) t
    where a.all_ws or t.team = any (a.all_teams) or t.inbox = any (a.all_inboxes)
      or t.team = any (a.near_teams) or t.inbox = any (a.near_inboxes) or t.inbox = any (a.view_inboxes)`);

async function measure(client: pg.Client, what: string, statement: Statement, runs: number): Promise<Row> {
  const whole: number[] = [];
  const explained: Explained[] = [];
  for (let run = 0; run < runs; run += 1) {
    explained.push(await explain(client, statement));
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
    'execution p50 ms': percentile(
      explained.map((each) => each['Execution Time']),
      50,
    ),
    'whole p50 ms': percentile(whole, 50),
    buffers: last === undefined ? null : buffersOf(last.Plan),
  };
}
