import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { holdWhile } from '#services/access/hold.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** Holds a status that a ticket moves to: a deletion that came first makes the commit decide again, a later one finds the ticket. */
export const holdStatus = holdWhile<'tstat'>('ticket_statuses', 'deleted_at is null', 'status');

const idList = (ids: readonly Id[]) => sql`${`{${ids.map(idToUuid).join(',')}}`}::uuid[]`;

/** Holds all that a new ticket leans on, in one statement: its status, the teams that it comes to, its assignee. */
export const holdPlaces = (
  statusId: Id<'tstat'>,
  teamIds: readonly Id<'team'>[],
  assignee: Id<'prin'> | null,
): Statement =>
  run(sql`select public.require_rows((select count(*) from (
      select from ticket_statuses where id = ${idToUuid(statusId)}::uuid and deleted_at is null for share) status)
    + (select count(*) from (select from teams where id = any (${idList(teamIds)}) and archived_at is null for share) team)
    + (select count(*) from (
      select from principal where id = any (${idList(assignee === null ? [] : [assignee])}) and member_state = 'active' for share) member),
    ${1 + teamIds.length + (assignee === null ? 0 : 1)}::bigint, 'status, team or member')`);

/** The hold that a move needs; none where the status stays. */
export const heldForMove = (from: Id<'tstat'>, to: Id<'tstat'>): Statement[] => (from === to ? [] : [holdStatus(to)]);
