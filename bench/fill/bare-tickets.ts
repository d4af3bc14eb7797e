import type pg from 'pg';
import { makeWorkspace } from '#local/demo/people.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { FilledDesk } from './fill-desk.ts';
import { BUSY_TEAMS, fillPeople, INBOXES, MEMBERS, TEAMS } from './people.ts';

/** Rows of one statement: a line of progress every few seconds. */
const CHUNK = 100_000;

/** Spread over teams, inboxes, assignees and time as `fillTickets` spreads them; every second one is active. */
const bareTickets = (from: number, to: number, total: number): string => `
insert into tickets (number, subject, channel, status_id, status_category, requester_contact_id, inbox_id,
  assignee_principal_id, assignee_team_id, primary_team_id, solved_at, closed_at, last_activity_at, last_public_at, created_at, updated_at)
select x.n, 'Question ' || x.n, 'api', s.id, s.category, c.id, i.id, case when x.h % 3 > 0 then m.id end, t.id, t.id,
  case when s.category in ('solved', 'closed') then last_at end, case when s.category = 'closed' then last_at end, last_at, last_at, x.created_at, last_at
from (
  select n, hashint8(n) & 2147483647 as h, now() - interval '2 hours' - (${total} - n) * (interval '1 year' / ${total}) as created_at,
    now() - interval '1 hour' - (${total} - n) * (interval '1 year' / ${total}) as last_at,
    case when n % 10 = 0 then n / 10 % ${BUSY_TEAMS} else n % ${TEAMS} end as team,
    case when n % 2 = 0 then (array['open','open','open','open','open','open','pending','pending','pending','on_hold'])[1 + n / 2 % 10]
      else (array['closed','closed','closed','closed','solved'])[1 + n / 2 % 5] end as category
  from generate_series(${from}::bigint, ${to}::bigint) n) x
  join bench_team t on t.n = x.team
  join bench_inbox i on i.n = x.team % ${INBOXES}
  join bench_member m on m.n = x.team + ${TEAMS} * (x.h % ${MEMBERS / TEAMS})
  join ticket_statuses s on s.category = x.category and s.is_default and s.deleted_at is null
  cross join bench_requester c
order by x.n`;

/** Members, teams and tickets without messages, promises or search: all that authority and sight read, in minutes at a million. */
export async function fillBareTickets(
  client: pg.Client,
  kernel: Kernel,
  tickets: number,
  say: (line: string) => void,
): Promise<FilledDesk> {
  const [owner] = (await makeWorkspace(kernel)).members;
  if (owner === undefined) throw new TypeError('a workspace has an owner');
  await client.query('set synchronous_commit = off');
  const people = await fillPeople(client, kernel);
  await client.query(`create temp table bench_requester as select uuidv7() as id;
    insert into contacts (id, name, sort_name, search_text) select id, 'Customer', 'customer', 'customer' from bench_requester`);
  const started = performance.now();
  for (let from = 1; from <= tickets; from += CHUNK) {
    const to = Math.min(tickets, from + CHUNK - 1);
    await client.query(bareTickets(from, to, tickets));
    const seconds = (performance.now() - started) / 1000;
    say(`  ${to.toLocaleString('en')} of ${tickets.toLocaleString('en')} tickets, ${seconds.toFixed(1)} s`);
  }
  await client.query('vacuum analyze');
  await client.query('reset synchronous_commit');
  return { ...people, owner, tickets, contacts: 1, messages: 0, openClocks: 0 };
}
