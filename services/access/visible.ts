import { type SQL, sql } from 'drizzle-orm';

/**
 * Which tickets the relation `auth` may see, as a predicate over `tickets`: the same arms as `ticketLevel`, held equal
 * by a property test. Arrays enter as scalar subselects, so that they become index conditions. `relation` is `auth`, or a
 * relation of one such row under another name.
 */
export const visible = (relation = 'auth'): SQL => sql`(tickets.deleted_at is null and ${inReach(relation)})`;

/**
 * The arms without the question whether the ticket is deleted: those whose level is at least `least`. An inbox's viewers
 * and whoever a `shared` ticket is open to only read, as does a share of that level.
 */
export const inReach = (relation = 'auth', least: 'read' | 'comment' = 'read'): SQL =>
  sql`(exists (select from ${sql.raw(relation)}) and ${arms((column) => `(select ${column} from ${relation})`, least)})`;

/** As `visible`, of each row of a relation that is joined with `tickets`. */
export const visibleToRow = (relation: string): SQL =>
  sql`(tickets.deleted_at is null and ${arms((column) => `${relation}.${column}`, 'read')})`;

/** As `visibleToRow`, of tickets in the trash: those that the reader would see and may restore. */
export function inTrashOfRow(relation: string): SQL {
  const of = (column: string): SQL => sql.raw(`${relation}.${column}`);
  return sql`(tickets.deleted_at is not null and ${arms((column) => `${relation}.${column}`, 'read')}
  and (${of('trash_ws')} or tickets.primary_team_id = any (${of('trash_teams')}) or tickets.assignee_team_id = any (${of('trash_teams')}) or tickets.inbox_id = any (${of('trash_inboxes')})
    or exists (select from ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = any (${of('trash_teams')}))))`;
}

function arms(read: (column: string) => string, least: 'read' | 'comment'): SQL {
  const reading = (arm: SQL): SQL => (least === 'read' ? arm : sql.raw(''));
  const facts = (column: string): SQL => sql.raw(read(column));
  const anyOf = (column: string): SQL => sql.raw(`any (${read(column)}::uuid[])`);
  return sql`(${facts('limit_teams')} is null or tickets.primary_team_id = ${anyOf('limit_teams')} or tickets.assignee_team_id = ${anyOf('limit_teams')})
  and (${facts('limit_inboxes')} is null or tickets.inbox_id = ${anyOf('limit_inboxes')})
  and (${facts('all_ws')} or tickets.primary_team_id = ${anyOf('all_teams')} or tickets.assignee_team_id = ${anyOf('all_teams')} or tickets.inbox_id = ${anyOf('all_inboxes')}
    or (tickets.visibility <> 'private' and (tickets.primary_team_id = ${anyOf('near_teams')} or tickets.assignee_team_id = ${anyOf('near_teams')}
      or tickets.inbox_id = ${anyOf('near_inboxes')}${reading(sql` or tickets.inbox_id = ${anyOf('view_inboxes')}`)}
      or (${facts('pool')} and tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null)))
    ${reading(sql`or (${facts('shared_ws')} and tickets.visibility = 'shared')`)}
    or exists (select from ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = ${anyOf('share_teams')}${sql.raw(least === 'read' ? '' : ` and s.level <> 'read'`)})
    or ((tickets.assignee_principal_id = ${anyOf('me')} or tickets.created_by_principal_id = ${anyOf('me')}
        or exists (select from ticket_participants p where p.ticket_id = tickets.id and p.principal_id = ${anyOf('me')}))
      and (${facts('mine_ws')} or tickets.primary_team_id = ${anyOf('mine_teams')} or tickets.assignee_team_id = ${anyOf('mine_teams')} or tickets.inbox_id = ${anyOf('mine_inboxes')})))`;
}
