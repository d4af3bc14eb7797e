import { type SQL, sql } from 'drizzle-orm';
import { type Id, type Prefix, uuidToId } from '#schema/ids.ts';
import type { ACCESS_LEVELS, SCOPE_KINDS } from '#schema/values.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { RECORDED_EVERY_SECONDS } from './api-keys/record-use.ts';
import { authorityCall } from './authority-sql.ts';
import type { Credential } from './credential.ts';
import { effectiveGrants, type StoredGrants, type StoredPlaces } from './effective-grants.ts';
import type { Permission } from './permissions.ts';

export type AccessLevel = (typeof ACCESS_LEVELS)[number];
type ScopeKind = (typeof SCOPE_KINDS)[number];

export interface EffectiveGrant {
  key: Permission;
  scope: ScopeKind;
  scopeId: string | null;
  until: Date | null;
  via: readonly string[];
}

/** What a caller may do and see at this moment, computed once in the load and read again by the commit. */
export interface Authority {
  principalId: Id<'prin'>;
  /** The person whose power this is: the caller, or the creator of the key. */
  holderId: Id<'prin'>;
  keyId: Id<'key'> | null;
  label: string;
  digest: string;
  /** Of a key: that its use was not noted lately. Stands outside the digest. */
  useIsDue: boolean;
  grants: readonly EffectiveGrant[];
  /** What its holder has and the scopes of the key or token leave out, as stored: only a refusal reads it. Outside the digest. */
  withheld: StoredPlaces | null;
  me: readonly Id<'prin'>[];
  myTeams: readonly Id<'team'>[];
  limitTeams: readonly Id<'team'>[] | null;
  limitInboxes: readonly Id<'inbox'>[] | null;
  reach: Reach;
}

/** The arrays behind `visible`, for the same decision in code. */
export interface Reach {
  allWorkspace: boolean;
  allTeams: readonly Id<'team'>[];
  allInboxes: readonly Id<'inbox'>[];
  nearTeams: readonly Id<'team'>[];
  nearInboxes: readonly Id<'inbox'>[];
  viewInboxes: readonly Id<'inbox'>[];
  pool: boolean;
  sharedWorkspace: boolean;
  shareTeams: readonly Id<'team'>[];
  mineWorkspace: boolean;
  mineTeams: readonly Id<'team'>[];
  mineInboxes: readonly Id<'inbox'>[];
  trashWorkspace: boolean;
  trashTeams: readonly Id<'team'>[];
  trashInboxes: readonly Id<'inbox'>[];
}

/** A right credential that does not count now; a wrong one has no row at all. */
export interface CredentialRefusal {
  refusal:
    | 'key_revoked'
    | 'key_expired'
    | 'ip_denied'
    | 'creator_inactive'
    | 'not_a_member'
    | 'member_inactive'
    | 'token_revoked';
}

type AuthorityRow = Record<string, unknown>;

/** Reads the caller's authority: nothing for an unknown credential, a refusal for a dead one. */
export function authorityQuery(
  credential: Credential,
  now: Date,
): Statement<Authority | CredentialRefusal | undefined> {
  const query = rows<AuthorityRow>(
    sql`select a.*, a.key_id is not null and coalesce(a.last_used_at <= ${now}::timestamptz - make_interval(secs => ${RECORDED_EVERY_SECONDS}), true) as use_is_due
      from ${authorityCall(credential, now)} a`,
  );
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) return undefined;
      if (row.refusal !== null) return { refusal: row.refusal as CredentialRefusal['refusal'] };
      return { ...authorityFromRow(row), useIsDue: row.use_is_due === true };
    },
  };
}

/** From its columns, or from a row of `auth` as JSON. */
export function authorityFromRow(row: AuthorityRow): Authority {
  const ids = <P extends Prefix>(prefix: P, column: string): Id<P>[] =>
    ((row[column] ?? []) as string[]).map((uuid) => uuidToId(prefix, uuid));
  const limit = <P extends Prefix>(prefix: P, column: string): Id<P>[] | null =>
    row[column] === null ? null : ids(prefix, column);
  return {
    principalId: uuidToId('prin', row.principal_id as string),
    holderId: uuidToId('prin', row.holder_id as string),
    keyId: row.key_id === null ? null : uuidToId('key', row.key_id as string),
    label: row.label as string,
    digest: row.digest as string,
    useIsDue: false,
    grants: effectiveGrants(row.grants as StoredGrants),
    withheld: (row.withheld ?? null) as StoredPlaces | null,
    me: ids('prin', 'me'),
    myTeams: ids('team', 'my_teams'),
    limitTeams: limit('team', 'limit_teams'),
    limitInboxes: limit('inbox', 'limit_inboxes'),
    reach: {
      allWorkspace: row.all_ws === true,
      allTeams: ids('team', 'all_teams'),
      allInboxes: ids('inbox', 'all_inboxes'),
      nearTeams: ids('team', 'near_teams'),
      nearInboxes: ids('inbox', 'near_inboxes'),
      viewInboxes: ids('inbox', 'view_inboxes'),
      pool: row.pool === true,
      sharedWorkspace: row.shared_ws === true,
      shareTeams: ids('team', 'share_teams'),
      mineWorkspace: row.mine_ws === true,
      mineTeams: ids('team', 'mine_teams'),
      mineInboxes: ids('inbox', 'mine_inboxes'),
      trashWorkspace: row.trash_ws === true,
      trashTeams: ids('team', 'trash_teams'),
      trashInboxes: ids('inbox', 'trash_inboxes'),
    },
  };
}

/** The commit's first statement: the authority must be what it was at load, or the whole batch rolls back with 40001. */
export const authorityUnchanged = (credential: Credential, now: Date, digest: string): SQL =>
  sql`select public.require_rows((select count(*) from ${authorityCall(credential, now)} where digest = ${digest}), 1::bigint, 'authority')`;
