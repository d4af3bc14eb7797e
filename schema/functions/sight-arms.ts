import { type SQL, sql } from 'drizzle-orm';

/**
 * Why a row of `tickets` may be seen: the arms of 02 3.5 as a condition, without the question whether the ticket is deleted.
 * `read` names a column of the reader's authority. Arms whose level is below `least` are left out: an inbox's viewers and
 * whoever a `shared` ticket is open to only read, as does a share of that level. `looked` stands at the end of what looks
 * into other tables.
 */
export function sightArms(read: (column: string) => string, least: 'read' | 'comment' = 'read', looked = ''): SQL {
  const reading = (arm: SQL): SQL => (least === 'read' ? arm : sql.raw(''));
  const facts = (column: string): SQL => sql.raw(read(column));
  const anyOf = (column: string): SQL => sql.raw(`any (${read(column)}::uuid[])`);
  const end = sql.raw(looked);
  return sql`(${facts('limit_teams')} is null or tickets.primary_team_id = ${anyOf('limit_teams')} or tickets.assignee_team_id = ${anyOf('limit_teams')})
  and (${facts('limit_inboxes')} is null or tickets.inbox_id = ${anyOf('limit_inboxes')})
  and (${facts('all_ws')} or tickets.primary_team_id = ${anyOf('all_teams')} or tickets.assignee_team_id = ${anyOf('all_teams')} or tickets.inbox_id = ${anyOf('all_inboxes')}
    or (tickets.visibility <> 'private' and (tickets.primary_team_id = ${anyOf('near_teams')} or tickets.assignee_team_id = ${anyOf('near_teams')}
      or tickets.inbox_id = ${anyOf('near_inboxes')}${reading(sql` or tickets.inbox_id = ${anyOf('view_inboxes')}`)}
      or (${facts('pool')} and tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null)))
    ${reading(sql`or (${facts('shared_ws')} and tickets.visibility = 'shared')`)}
    or exists (select from public.ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = ${anyOf('share_teams')}${sql.raw(least === 'read' ? '' : ` and s.level <> 'read'`)}${end})
    or ((tickets.assignee_principal_id = ${anyOf('me')} or tickets.created_by_principal_id = ${anyOf('me')}
        or exists (select from public.ticket_participants p where p.ticket_id = tickets.id and p.principal_id = ${anyOf('me')}${end}))
      and (${facts('mine_ws')} or tickets.primary_team_id = ${anyOf('mine_teams')} or tickets.assignee_team_id = ${anyOf('mine_teams')} or tickets.inbox_id = ${anyOf('mine_inboxes')})))`;
}
