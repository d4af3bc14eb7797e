import { sql } from 'drizzle-orm';
import { type Id, idToUuid, type Prefix } from '#schema/ids.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** Holds rows while they are as `condition` says; the holds of many changes in one commit become one. */
export const holdWhile =
  <P extends Prefix>(
    table: 'principal' | 'teams' | 'ticket_statuses' | 'contacts' | 'organizations',
    condition: string,
    what: string,
  ) =>
  (id: Id<P>): Statement =>
    overRows({ name: `hold ${what}`, rank: 0 }, [idToUuid(id)], (ids) => {
      const asked = new Set(ids);
      return run(sql`select public.require_rows((select count(*) from (
        select from ${sql.raw(table)} where id = any (${`{${[...asked].join(',')}}`}::uuid[]) and ${sql.raw(condition)}
        order by id for share) held), ${asked.size}::bigint, ${what})`);
    });

/**
 * Holds a member in a commit that gives them something: a removal that came first makes the commit decide again, one that
 * comes later waits for it and then finds what was given.
 */
export const holdMember = holdWhile<'prin'>('principal', "member_state = 'active'", 'member');

/** Holds a team that a ticket comes to: archived before, it makes the commit decide again; later, it finds the ticket. */
export const holdTeam = holdWhile<'team'>('teams', 'archived_at is null', 'team');

/** Holds a row that the decision leaned on: it is as it was loaded, and stays so until the commit is through. */
export const holdRow = (
  table: 'roles' | 'teams' | 'inboxes' | 'principal' | 'api_keys' | 'auth_issuers',
  row: { id: Id; revision: number },
): Statement =>
  run(sql`select public.require_rows((select count(*) from (
    select from ${sql.raw(table)} where id = ${idToUuid(row.id)}::uuid and revision = ${row.revision} for share) held), 1::bigint, ${table})`);
