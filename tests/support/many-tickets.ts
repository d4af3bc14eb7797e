import { idToUuid } from '#schema/ids.ts';
import type { TestDatabase } from './database.ts';
import type { World } from './world.ts';

/**
 * Tickets by the ten thousand in one statement, with the documents that search reads: half of them active, two of three
 * active ones assigned, in `teams` more teams beside those of the world; every twentieth shared with support,
 * another twentieth open to all, in another the agent takes part. Word `everywhere` stands in all of them, `seldom` in every thousandth.
 */
export async function fillTickets(db: TestDatabase, world: World, count: number, teams: number): Promise<void> {
  await db.query(
    `insert into teams (slug, name) select 'many-' || n, 'Team ' || n from generate_series(1, $1::int) n`,
    [teams],
  );
  await db.query(
    `insert into tickets (number, subject, priority, status_id, status_category, solved_at, visibility, primary_team_id, assignee_team_id,
       inbox_id, assignee_principal_id, created_by_principal_id, customer_waiting_since, last_activity_at, last_public_at, created_at)
     select nextval('ticket_number_seq'), 'Question ' || n, (array['low', 'normal', 'high', 'urgent'])[1 + n % 4],
       case when n % 2 = 0 then $1::uuid else $2::uuid end, case when n % 2 = 0 then 'open' else 'solved' end,
       case when n % 2 = 1 then at end, case when n % 20 = 0 then 'shared' else 'team' end,
       case when n % 5 > 0 then t.id end, case when n % 5 = 1 then t.id end,
       case when n % 5 = 0 and n % 2 = 0 then $3::uuid end, case when n % 3 > 0 then case when n % 50 < 2 then $4::uuid else $5::uuid end end,
       case when n % 40 = 7 then $4::uuid end, case when n % 4 = 0 then at end, at, at, at - interval '1 day'
     from (select n, h, timestamptz '2026-01-01' + make_interval(secs => h % 20000000) as at
       from generate_series(1, $6::int) n cross join lateral (select hashint4(n)::bigint & 2147483647 as h) hashed) x
     join (select id, row_number() over (order by slug = 'support' desc, slug = 'billing' desc, id) - 1 as place from teams) t
       on t.place = h % (select count(*) from teams)`,
    [
      idToUuid(world.statuses.open),
      idToUuid(world.statuses.solved),
      idToUuid(world.inboxes.help),
      idToUuid(world.agent.id),
      idToUuid(world.owner.id),
      count,
    ],
  );
  await db.query(
    `insert into ticket_search (ticket_id, scope, doc)
     select id, scope, search_doc(subject || ' everywhere ' || case when number % 1000 = 0 then 'seldom' else 'often' end)
     from tickets, (values ('agent'), ('customer')) s (scope)`,
  );
  await db.query(
    `insert into ticket_shares (ticket_id, team_id, level, actor_kind)
     select id, $1::uuid, 'comment', 'system' from tickets where number % 20 = 3`,
    [idToUuid(world.teams.support)],
  );
  await db.query(
    `insert into ticket_participants (ticket_id, principal_id, role, actor_kind)
     select id, $1::uuid, 'collaborator', 'system' from tickets where number % 20 = 9`,
    [idToUuid(world.agent.id)],
  );
  await db.query('vacuum analyze');
}
