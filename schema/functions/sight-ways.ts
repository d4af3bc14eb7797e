/** One way to tickets that somebody may see: an index whose first column is one of `keys`, or that holds just these. */
export interface SightWay {
  name: string;
  /** Whether it leads anywhere, over a row `auth`. */
  when: string;
  /** An array of uuids over `auth`: the way is walked for each. */
  keys?: string;
}

const TEAMS = 'auth.all_teams || auth.near_teams';
const SOME = 'not auth.all_ws';
const MINE = `${SOME} and (auth.mine_ws or cardinality(auth.mine_teams) + cardinality(auth.mine_inboxes) > 0)`;

const placed = (name: (column: string) => string): SightWay[] => [
  { name: name('primary_team_id'), when: SOME, keys: TEAMS },
  { name: name('assignee_team_id'), when: SOME, keys: TEAMS },
  { name: name('inbox_id'), when: SOME, keys: 'auth.all_inboxes || auth.near_inboxes || auth.view_inboxes' },
  { name: 'pool', when: `${SOME} and auth.pool` },
  { name: 'open', when: `${SOME} and auth.shared_ws` },
  { name: 'shared', when: SOME, keys: 'auth.share_teams' },
  { name: 'created_by_principal_id', when: MINE, keys: 'auth.me' },
  { name: 'participating', when: MINE, keys: 'auth.me' },
];

/**
 * The arms of sight as ways: together they lead to every ticket that a row of `auth` may see. They lead to others too, so
 * each row is held against the arms themselves.
 */
export const SIGHT_WAYS: readonly SightWay[] = [
  { name: 'all', when: 'auth.all_ws' },
  ...placed((column) => column),
  { name: 'assignee_principal_id', when: MINE, keys: 'auth.me' },
];

/** The same to tickets without assignee: the indexes of the first few hold no others. */
export const UNASSIGNED_WAYS: readonly SightWay[] = [
  { name: 'nobody', when: 'auth.all_ws' },
  ...placed((column) => `nobody ${column}`),
];
