import { type SQL, sql } from 'drizzle-orm';
import { uuidToId } from '#schema/ids.ts';
import { type Authority, authorityFromRow } from '#services/access/authority.ts';
import { authorityFrom } from '#services/access/authority-sql.ts';
import { rows, type Statement } from '#services/kernel/query.ts';

/** An authority with what it takes to name where it comes from. */
export interface Seat {
  authority: Authority;
  /** The member itself, whole: no key and no token cuts it. */
  isPerson: boolean;
  myInboxes: readonly string[];
  myViewInboxes: readonly string[];
  /** By the bare uuid of the assignment. */
  assignments: ReadonlyMap<string, { roleKey: string; until: Date | null }>;
}

interface Row extends Record<string, unknown> {
  authority: Record<string, unknown>;
  assignments: Record<string, [string, string | null]>;
}

const assignmentsOfHolder = sql`(
  select coalesce(jsonb_object_agg(x.id, jsonb_build_array(r.key, x.expires_at)), '{}')
  from principal_role_assignments x join roles r on r.id = x.role_id
  where x.principal_id = auth.holder_id and x.revoked_at is null)`;

/** The stored form of grants (`StoredGrants`) with no other keys: most of what a member holds is not asked about. */
const narrowedTo = (keys: readonly string[]): SQL => sql`(
  select coalesce(jsonb_agg(jsonb_build_array(g -> 0, k.keys, g -> 2, g -> 3, g -> 4)), '[]')
  from jsonb_array_elements(auth.grants) g
    cross join lateral (
      select jsonb_agg(key) as keys from jsonb_array_elements_text(g -> 1) key where key = any (${sql.param([...keys])}::text[])) k
  where k.keys is not null)`;

/** The authority of each credential row, in the order of their ids, with only the grants of some permissions if said. */
export function seatsQuery(credentials: SQL, now: Date, only?: readonly string[]): Statement<Seat[]> {
  const authority =
    only === undefined
      ? sql`to_jsonb(auth.*)`
      : sql`to_jsonb(auth.*) || jsonb_build_object('grants', ${narrowedTo(only)})`;
  const query = rows<Row>(sql`with ${authorityFrom(credentials, now)}
    select ${authority} as authority, ${assignmentsOfHolder} as assignments from auth order by auth.cred_id`);
  return {
    ...query,
    read: (result) =>
      query.read(result).map((row) => ({
        authority: authorityFromRow(row.authority),
        isPerson: row.authority.cred_id === row.authority.holder_id,
        myInboxes: row.authority.my_inboxes as string[],
        myViewInboxes: row.authority.my_view_inboxes as string[],
        assignments: new Map(
          Object.entries(row.assignments).map(([id, [roleKey, until]]) => [
            id,
            { roleKey, until: until === null ? null : new Date(until) },
          ]),
        ),
      })),
  };
}

export const assignmentId = (uuid: string) => uuidToId('rasn', uuid);
