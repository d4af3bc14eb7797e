import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { authorityFrom } from './authority-sql.ts';
import { visibleToRow } from './visible.ts';

/**
 * Who of many may see one ticket: a query of `cred_id`, `principal_id` and `holder_id`. `credentials` are rows as
 * `memberRows` makes them. Only who has something to do with this ticket is looked at, and of what they hold only what can
 * lead to it, so that five thousand members cost little more than finding them.
 */
export function viewersOf(ticketId: Id<'tkt'>, credentials: SQL, now: Date): SQL {
  const near = sql`select k.* from (${credentials}) k where k.holder_id in (select id from near_it) or k.principal_id in (select id from near_it)`;
  const auth = authorityFrom(near, now, {
    assignments: sql`(select * from principal_role_assignments where scope_kind = 'workspace' or team_id in (select id from places_of_it) or inbox_id in (select id from places_of_it))`,
    memberships: sql`(select * from team_memberships where team_id in (select id from places_of_it))`,
    seats: sql`(select * from inbox_memberships where inbox_id in (select id from places_of_it))`,
    keys: sql`keys_of_it`,
  });
  // Under the names of the tables, so that the predicate finds the rows of this ticket and no others.
  return sql`with tickets as materialized (select * from public.tickets where id = ${idToUuid(ticketId)}::uuid),
ticket_shares as materialized (select s.* from tickets t join public.ticket_shares s on s.ticket_id = t.id and s.revoked_at is null),
ticket_participants as materialized (select p.* from tickets t join public.ticket_participants p on p.ticket_id = t.id),
places_of_it as materialized (
  select unnest(array[primary_team_id, assignee_team_id, inbox_id]) as id from tickets
  union all select team_id from ticket_shares
),
keys_of_it as materialized (
  select k.* from api_keys k where k.principal_id in (
    select unnest(array[assignee_principal_id, created_by_principal_id]) from tickets union all select principal_id from ticket_participants)
),
near_it as materialized (
  select m.principal_id as id from places_of_it x join public.team_memberships m on m.team_id = x.id
  union all select m.principal_id from places_of_it x join public.inbox_memberships m on m.inbox_id = x.id
  union all select g.principal_id from places_of_it x join public.principal_role_assignments g on g.team_id = x.id
  union all select g.principal_id from places_of_it x join public.principal_role_assignments g on g.inbox_id = x.id
  union all select g.principal_id from tickets t
    join roles r on r.means -> 'workspace' ? 'ticket.view_all' or (t.visibility = 'shared' and r.means -> 'workspace' ? 'ticket.view_shared')
      or (coalesce(t.primary_team_id, t.assignee_team_id, t.inbox_id) is null and r.means -> 'workspace' ? 'ticket.view_team')
    join public.principal_role_assignments g on g.role_id = r.id and g.scope_kind = 'workspace' and g.revoked_at is null
  union all select unnest(array[assignee_principal_id, created_by_principal_id]) from tickets
  union all select principal_id from ticket_participants
  union all select creator_principal_id from keys_of_it
),
${auth}
    select a.cred_id, a.principal_id, a.holder_id from auth_facts a where exists (select from tickets where ${visibleToRow('a')})`;
}
