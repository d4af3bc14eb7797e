import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** Holds a status that a ticket moves to: a deletion that came first makes the commit decide again, a later one finds the ticket. */
export const holdStatus = (id: Id<'tstat'>): Statement =>
  run(sql`select public.require_rows((select count(*) from (
    select from ticket_statuses where id = ${idToUuid(id)}::uuid and deleted_at is null for share) held), 1::bigint, 'status')`);

/** The hold that a move needs; none where the status stays. */
export const heldForMove = (from: Id<'tstat'>, to: Id<'tstat'>): Statement[] => (from === to ? [] : [holdStatus(to)]);
