import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/**
 * Holds a member in a commit that gives them something: a removal that came first makes the commit decide again, one that
 * comes later waits for it and then finds what was given.
 */
export const holdMember = (principalId: Id<'prin'>): Statement =>
  run(sql`select public.require_rows((select count(*) from (
    select from principal where id = ${idToUuid(principalId)}::uuid and member_state = 'active' for share) held), 1::bigint, 'member')`);

/** Holds a team that a ticket comes to: archived before, it makes the commit decide again; later, it finds the ticket. */
export const holdTeam = (teamId: Id<'team'>): Statement =>
  run(sql`select public.require_rows((select count(*) from (
    select from teams where id = ${idToUuid(teamId)}::uuid and archived_at is null for share) held), 1::bigint, 'team')`);

/** Holds a row that the decision leaned on: it is as it was loaded, and stays so until the commit is through. */
export const holdRow = (
  table: 'roles' | 'teams' | 'inboxes' | 'principal' | 'api_keys' | 'auth_issuers',
  row: { id: Id; revision: number },
): Statement =>
  run(sql`select public.require_rows((select count(*) from (
    select from ${sql.raw(table)} where id = ${idToUuid(row.id)}::uuid and revision = ${row.revision} for share) held), 1::bigint, ${table})`);
