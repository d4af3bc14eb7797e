import { type SQL, sql } from 'drizzle-orm';
import { sightArms } from '#schema/functions/sight-arms.ts';

/**
 * Which tickets the relation `auth` may see, as a predicate over `tickets`: the same arms as `ticketLevel`, held equal
 * by a property test. `relation` is `auth`, or a relation of one such row under another name.
 */
export const visible = (relation = 'auth'): SQL => sql`(tickets.deleted_at is null and ${inReach(relation)})`;

/**
 * The arms without the question whether the ticket is deleted: those whose level is at least `least`. An inbox's viewers
 * and whoever a `shared` ticket is open to only read, as does a share of that level. `offset` keeps it one question of a row:
 * as a join, or with a subselect for each column, planning it costs more than asking it.
 */
export const inReach = (relation = 'auth', least: 'read' | 'comment' = 'read'): SQL =>
  sql`exists (select from ${sql.raw(relation)} where ${sightArms((column) => `${relation}.${column}`, least)} offset 0)`;

/** As `visible`, of each row of a relation that is joined with `tickets`. */
export const visibleToRow = (relation: string): SQL =>
  sql`(tickets.deleted_at is null and ${sightArms((column) => `${relation}.${column}`)})`;

/** As `visibleToRow`, of tickets in the trash: those that the reader would see and may restore. */
export function inTrashOfRow(relation: string): SQL {
  const of = (column: string): SQL => sql.raw(`${relation}.${column}`);
  return sql`(tickets.deleted_at is not null and ${sightArms((column) => `${relation}.${column}`)}
  and (${of('trash_ws')} or tickets.primary_team_id = any (${of('trash_teams')}) or tickets.assignee_team_id = any (${of('trash_teams')}) or tickets.inbox_id = any (${of('trash_inboxes')})
    or exists (select from ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = any (${of('trash_teams')}))))`;
}
