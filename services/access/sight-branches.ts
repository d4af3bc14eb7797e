import { type SQL, sql } from 'drizzle-orm';

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
}

/**
 * The arms of `visible` as branches: together they lead to every ticket that a row of `auth` may see, and each follows one
 * index in its order. They lead to others too, so each row is held against `visible`. Of tickets without assignee,
 * whoever sees all of them follows the index that holds these alone.
 */
export function sightBranches(unassigned: boolean): Branch[] {
  const some = sql.raw('not auth.all_ws');
  const each = (keys: string, column: string, when = some): Branch => ({
    when,
    keys: sql.raw(keys),
    on: sql.raw(`tickets.${column} = k.id`),
  });
  const mine = sql.raw(
    'not auth.all_ws and (auth.mine_ws or cardinality(auth.mine_teams) + cardinality(auth.mine_inboxes) > 0)',
  );
  const teams = 'auth.all_teams || auth.near_teams';
  const nobody = sql.raw('tickets.assignee_principal_id');
  return [
    unassigned
      ? { when: sql.raw('auth.all_ws'), on: sql`${nobody} is null`, nullColumn: nobody }
      : { when: sql.raw('auth.all_ws'), on: sql.raw('true') },
    each(teams, 'primary_team_id'),
    each(teams, 'assignee_team_id'),
    each('auth.all_inboxes || auth.near_inboxes || auth.view_inboxes', 'inbox_id'),
    {
      when: sql.raw('not auth.all_ws and auth.pool'),
      on: sql.raw(
        "tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null and tickets.visibility <> 'private'",
      ),
    },
    { when: sql.raw('not auth.all_ws and auth.shared_ws'), on: sql.raw("tickets.visibility = 'shared'") },
    { when: some, ...SHARED },
    ...(unassigned ? [] : [each('auth.me', 'assignee_principal_id', mine)]),
    each('auth.me', 'created_by_principal_id', mine),
    { when: mine, ...PARTICIPATING },
  ];
}

/** Neither shares nor participations are kept in the order of their tickets' activity. */
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
