import type pg from 'pg';
import { HEAVY_CUSTOMER, TAGS } from './customers.ts';
import { BUSY_TEAMS, INBOXES, MEMBERS, TEAMS } from './people.ts';

/** Rows of one statement: large enough to be quick, small enough for a line of progress every few seconds. */
const CHUNK = 25_000;

/** Of every five-thousandth ticket, and of every one. */
export const RARE_WORD = 'seldom';
export const COMMON_WORD = 'parcel';

/**
 * A year of tickets, every second one still active: what each is, by its number. One in fifty each is private, open to all
 * agents, open to the customer's colleagues; one in two hundred is in no queue, one in a hundred shared with another team.
 */
const chunkTable = (from: number, to: number, total: number): string => `
create temp table bench_chunk as
select x.*, uuidv7(x.created_at - now()) as id, t.id as team_id, i.id as inbox_id, c.id as contact_id, o.id as organization_id,
  m.id as assignee_id, 'Question ' || x.n || ' about order ' || h || case when x.n % 5000 = 1 then ' ${RARE_WORD}' else '' end as subject,
  repeat('The ${COMMON_WORD} of order ' || h || ' has not arrived; what shall we do? ', 3) as body,
  s.id as status_id, x.created_at + interval '40 minutes' as last_at,
  now() + interval '1 day' + h % (30 * 86400) * interval '1 second' as due_at
from (
  select n, hashint8(n) & 2147483647 as h,
    now() - interval '2 hours' - (${total} - n) * (interval '1 year' / ${total}) as created_at,
    case when n % 10 = 0 then n / 10 % ${BUSY_TEAMS} else n % ${TEAMS} end as team,
    case when n % 2 = 0 then (array['open','open','open','open','open','open','pending','pending','pending','on_hold'])[1 + n / 2 % 10]
      else (array['closed','closed','closed','closed','solved'])[1 + n / 2 % 5] end as category
  from generate_series(${from}::bigint, ${to}::bigint) n) x
  join bench_team t on t.n = x.team
  join bench_inbox i on i.n = x.team % ${INBOXES}
  join bench_contact c on c.n = case when x.n % 100 = 7 then ${HEAVY_CUSTOMER} else x.h % (select count(*) from bench_contact) end
  join bench_organization o on o.n = c.organization
  join bench_member m on m.n = x.team + ${TEAMS} * (x.h % ${MEMBERS / TEAMS})
  join ticket_statuses s on s.category = x.category and s.is_default and s.deleted_at is null
order by n;
analyze bench_chunk;`;

/** Triggers are off during a fill: what stands beside tickets is given as they would keep it. */
const TICKETS = `
insert into tickets (id, number, subject, priority, channel, status_id, status_category, visibility, requester_contact_id, organization_id,
  inbox_id, assignee_principal_id, assignee_team_id, primary_team_id, created_by_principal_id, sla_policy_id, sla_next_due_at, message_seq, first_response_at,
  first_solved_at, solved_at, closed_at, last_activity_at, last_public_at, last_message_at, customer_waiting_since,
  last_customer_message_at, last_agent_message_at, created_at, updated_at, version, revision)
select x.id, n, subject, (array['low','normal','high','urgent'])[1 + h % 4], (array['email','portal','api','widget'])[1 + h % 4],
  status_id, category, case h % 50 when 0 then 'private' when 1 then 'shared' when 2 then 'org' else 'team' end, contact_id,
  organization_id, case when n % 200 <> 13 then inbox_id end, case when h % 3 > 0 then assignee_id end,
  case when n % 200 <> 13 then team_id end, case when n % 200 <> 13 then team_id end, case when h % 20 = 3 then assignee_id end, p.id, case when n % 2 = 0 then due_at end, 5,
  created_at + interval '10 minutes', case when n % 2 = 1 then last_at end, case when n % 2 = 1 then last_at end,
  case when category = 'closed' then last_at end, last_at, last_at, last_at, case when category = 'open' then last_at end,
  created_at + interval '20 minutes', created_at + interval '10 minutes', created_at, last_at, 2, 6
from bench_chunk x, bench_policy p;
insert into ticket_activity (ticket_id, revision, version, type, audience, actor_kind, cause, created_at)
select id, 1, 1, 'created', 'public', 'system', 'customer', created_at from bench_chunk;
insert into ticket_tag_links (ticket_id, tag_id, last_activity_at, is_active)
select distinct x.id, g.id, last_at, x.n % 2 = 0 from bench_chunk x join bench_tag g on g.n in (x.h % ${TAGS}, x.h / 7 % ${TAGS}) where x.h % 4 > 0;
insert into ticket_shares (ticket_id, team_id, level, actor_kind, last_activity_at, is_active)
select x.id, t.id, 'comment', 'system', last_at, x.n % 2 = 0 from bench_chunk x join bench_team t on t.n = x.h / 100 % ${TEAMS} where x.h % 100 = 50;
insert into ticket_participants (ticket_id, principal_id, contact_id, role, actor_kind, last_activity_at, is_active)
select x.id, case when x.n % 5000 = 77 then m.id end, case when x.n % 5000 <> 77 then c.id end, 'cc', 'system', last_at, x.n % 2 = 0
from bench_chunk x join bench_member m on m.n = 1 join bench_contact c on c.n = x.h / 50 % (select count(*) from bench_contact)
where x.n % 5000 = 77 or x.h % 50 = 20;`;

/** Question, answer, question, note, and a last word by the customer where the ticket is open, else by the agent. */
const MESSAGES = `
insert into ticket_messages (ticket_id, seq, audience, author_kind, author_principal_id, author_contact_id, author_name, via,
  is_opening, counts_as_response, body, body_text, created_at)
select x.id, k, case when k = 4 then 'internal' else 'public' end, case when customer then 'customer' else 'agent' end,
  case when customer then null else assignee_id end, case when customer then contact_id end,
  case when customer then 'Customer' else 'Member' end, 'api', k = 1, not customer and k <> 4, body, body,
  created_at + (k - 1) * interval '10 minutes'
from bench_chunk x cross join generate_series(1, 5) k
  cross join lateral (select k in (1, 3) or (k = 5 and category = 'open') as customer) y
order by n, k;`;

/** As the verbs write them, from the first message alone. */
const DOCS = `
insert into ticket_search (ticket_id, scope, doc)
select x.id, s.scope, d.doc from bench_chunk x cross join lateral (select search_doc(x.subject || E'\\n' || x.body) as doc offset 0) d
  cross join (values ('agent'), ('customer')) s (scope);`;

/** An active ticket has two promises open, an open one a third; every first answer was in time. */
const CLOCKS = `
create temp table bench_clock as
select uuidv7() as id, x.id as ticket_id, m.metric, due_at, created_at as started_at,
  case when m.metric = 'first_response' then 'met' when m.metric = 'first_resolution' and category <> 'open' then 'paused'
    else 'running' end as state,
  case when m.metric = 'first_response' then 14400 else extract(epoch from due_at - created_at)::int end as target
from bench_chunk x cross join (values ('first_response'), ('first_resolution'), ('total_resolution'), ('next_response')) m (metric)
where m.metric = 'first_response' or (n % 2 = 0 and (m.metric <> 'next_response' or category = 'open'));
insert into ticket_sla (ticket_id, customer_policy_id, customer_policy_version, config_revision)
select x.id, p.id, 1, p.revision from bench_chunk x, bench_policy p;
insert into ticket_sla_clocks (id, ticket_id, track, metric, cycle, state, policy_id, policy_version, config_revision,
  target_seconds, warn_before_seconds, combine, pause_rule, reopen_mode, started_at, segment_started_at, consumed_ms, due_at,
  settled_at, calc_version, inputs_hash)
select c.id, ticket_id, 'customer', metric, 1, state, p.id, 1, p.revision, target, 1800, 'any',
  '{"categories": ["pending", "on_hold"], "statusIds": []}', 'continue', started_at, case when state = 'running' then started_at end,
  case state when 'met' then 600000 when 'paused' then 3600000 else 0 end, case when state = 'running' then due_at end,
  case when state = 'met' then started_at + interval '10 minutes' end, 1, sha256('bench')
from bench_clock c, bench_policy p;
insert into sla_timers (clock_id, ticket_id, kind, mark_ms, fire_at)
select id, ticket_id, kind, target * 1000::bigint - ahead, case when state = 'running' then due_at - ahead * interval '1 millisecond' end
from bench_clock cross join (values ('warn', 1800000), ('breach', 0)) k (kind, ahead) where state <> 'met';
drop table bench_clock;`;

/** Tickets with their messages, timeline, clocks and timers. Logs that retention bounds (events, audit) stay empty. */
export async function fillTickets(client: pg.Client, total: number, say: (line: string) => void): Promise<void> {
  await client.query(`create temp table bench_policy as
    select p.id, c.revision from sla_policies p, compiled_configs c where c.kind = 'sla' order by p.position desc limit 1`);
  const started = performance.now();
  for (let from = 1; from <= total; from += CHUNK) {
    const to = Math.min(total, from + CHUNK - 1);
    await client.query(chunkTable(from, to, total));
    for (const statements of [TICKETS, MESSAGES, DOCS, CLOCKS]) await client.query(statements);
    await client.query('drop table bench_chunk');
    const seconds = (performance.now() - started) / 1000;
    say(`  ${to.toLocaleString('en')} of ${total.toLocaleString('en')} tickets, ${seconds.toFixed(1)} s`);
  }
  await client.query(`select setval('ticket_number_seq', $1)`, [total]);
}
