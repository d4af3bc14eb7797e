import { type SQL, sql } from 'drizzle-orm';
import { SIGHT_WAYS, UNASSIGNED_WAYS } from '#schema/functions/sight-ways.ts';

/** Rows that one equality of an index leads to. `auth` is a row in scope, `k.id` each element of `keys`. */
export interface Branch {
  /** Whether it is walked at all. */
  when?: SQL;
  /** An array of uuids: the branch is walked for each. */
  keys?: SQL;
  on: SQL;
  /**
   * There is no index of these rows in the order of a list: they are few, read whole and sorted. `true`, or the relation
   * that names them.
   */
  whole?: true | SQL;
  /** A column that `on` holds null: an index that begins with it is in order only if the sort begins with it too. */
  nullColumn?: SQL;
  /** Only so many of these are looked at, in the order of the list. */
  first?: SQL;
}

/** Only the order of activity is kept beside shares and participations (`ticket_page` reads it); for others they are read whole. */
export const SHARED: Branch = {
  whole: sql.raw(
    '(select s.ticket_id from ticket_shares s where s.revoked_at is null and s.team_id = any (auth.share_teams)) s',
  ),
  on: sql.raw('tickets.id = s.ticket_id'),
};
export const PARTICIPATING: Branch = {
  whole: sql.raw('(select p.ticket_id from ticket_participants p where p.principal_id = any (auth.me)) p'),
  on: sql.raw('tickets.id = p.ticket_id'),
};

const nobody = sql.raw('tickets.assignee_principal_id');
const BRANCHES: Readonly<Record<string, Branch>> = {
  all: { on: sql.raw('true') },
  nobody: { on: sql`${nobody} is null`, nullColumn: nobody },
  pool: {
    on: sql.raw(
      "tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null and tickets.visibility <> 'private'",
    ),
  },
  open: { on: sql.raw("tickets.visibility = 'shared'") },
  shared: SHARED,
  participating: PARTICIPATING,
};

/**
 * The arms of `visible` as branches: together they lead to every ticket that a row of `auth` may see, and each follows one
 * index in its order. They lead to others too, so each row is held against `visible`.
 */
export const sightBranches = (unassigned: boolean): Branch[] =>
  (unassigned ? UNASSIGNED_WAYS : SIGHT_WAYS).map(({ name, when, keys }) => ({
    when: sql.raw(when),
    ...(BRANCHES[name] ?? { keys: sql.raw(keys ?? ''), on: sql.raw(`tickets.${name.replace('nobody ', '')} = k.id`) }),
  }));
