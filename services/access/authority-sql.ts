import { type SQL, sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import type { ApiKeyCredential, Credential } from './credential.ts';
import type { Permission } from './permissions.ts';
import { personRows } from './sign-in/person-rows.ts';

/** The credential's row, whatever its state: `refusal` says why a right one does not count. */
const credentialRows = (credential: Credential, now: Date): SQL =>
  credential.kind === 'person' ? personRows(credential) : apiKeyRows(credential, now);

function apiKeyRows(credential: ApiKeyCredential, now: Date): SQL {
  const hash = sql`${`\\x${Buffer.from(credential.secretHash).toString('hex')}`}::bytea`;
  return sql`
    select k.id as cred_id, k.id as key_id, k.principal_id, k.creator_principal_id as holder_id, self.display_name as label,
      k.scope_keys, k.team_ids, k.inbox_ids,
      case when k.revoked_at is not null then 'key_revoked'
           when k.expires_at <= ${now} then 'key_expired'
           when cardinality(k.allowed_ips) > 0
             and not coalesce(exists (select from unnest(k.allowed_ips) a where ${credential.ip}::inet <<= a), false) then 'ip_denied'
           when holder.member_state is distinct from 'active' then 'creator_inactive' end as refusal
    from api_keys k
      join principal self on self.id = k.principal_id
      join principal holder on holder.id = k.creator_principal_id
    where k.id = ${idToUuid(credential.keyId)}::uuid
      and (k.secret_hash = ${hash} or (k.previous_hash = ${hash} and k.previous_valid_until > ${now}))`;
}

/** Members as credentials, for statements that ask what many people may see (`authorityOf`, `viewersOf`). */
export const memberRows = (principalIds: SQL): SQL => sql`
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, null::text as refusal
  from principal p where p.member_state = 'active' and p.id in (${principalIds})`;

/**
 * Common table expressions that end in `auth`: the caller's effective authority, one row, or none for a dead or unknown
 * credential, so a statement that joins it reads nothing. Read again by the commit and compared by `digest`.
 */
export const authorityCte = (credential: Credential, now: Date): SQL =>
  authorityFrom(credentialRows(credential, now), now);

/** Only whose credential it is, for what needs no authority. */
export const credentialCte = (credential: Credential, now: Date): SQL =>
  sql`cred as (${credentialRows(credential, now)})`;

/** Where authority is read from: tables, or what stands in for them. */
export interface AuthoritySources {
  assignments: SQL;
  rolePermissions: SQL;
  memberships: SQL;
  teams: SQL;
}

const STORED: AuthoritySources = {
  assignments: sql`principal_role_assignments`,
  rolePermissions: sql`role_permissions`,
  memberships: sql`team_memberships`,
  teams: sql`teams`,
};

/** What a seat in an inbox gives stands where a role would; no UUIDv7 looks like these. */
const OWNER_SEAT = sql.raw(`'00000000-0000-0000-0000-000000000001'::uuid`);
const OTHER_SEAT = sql.raw(`'00000000-0000-0000-0000-000000000002'::uuid`);
/** Of a credential without scopes of its own: it shares the keys of a role with all others. */
const UNCUT = sql.raw(`'00000000-0000-0000-0000-000000000000'::uuid`);

/**
 * As `authorityCte` over any set of holders; `auth` then has one row for each. `auth_facts` is the same without digest: a
 * statement that takes only columns of sight from it computes no others. `effective` has a row for each permission, place
 * and kind of source. Keys are worked out once for a role at a kind of place, not for each of fifty grants.
 */
export const authorityFrom = (credentials: SQL, now: Date, sources: AuthoritySources = STORED): SQL => sql`
cred as materialized (
  select k.*, k.refusal is null as counts, case when k.scope_keys is null then ${UNCUT} else k.cred_id end as cut from (${credentials}) k
),
seats as materialized (
  select c.cred_id, c.cut, m.inbox_id, m.role
  from cred c join inbox_memberships m on m.principal_id = c.holder_id join inboxes i on i.id = m.inbox_id and i.archived_at is null
  where c.counts
),
held as materialized (
  select c.cred_id, c.cut, a.id as assignment_id, a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at as until
  from cred c
    join ${sources.assignments} a on a.principal_id = c.holder_id
    join roles r on r.id = a.role_id and r.deleted_at is null
    left join ${sources.teams} t on t.id = a.team_id
    left join inboxes i on i.id = a.inbox_id
  where c.counts and a.revoked_at is null and (a.expires_at is null or a.expires_at > ${now})
    and t.archived_at is null and i.archived_at is null
  union all
  select cred_id, cut, null, case role when 'owner' then ${OWNER_SEAT} else ${OTHER_SEAT} end, 'inbox', inbox_id, null from seats
),
allowed as materialized (
  select c.cut, array(
    select x.key from permissions s cross join lateral unnest(s.key || s.implies) x (key)
    where s.key = any (c.scope_keys) and s.retired_at is null) as keys
  from cred c where c.scope_keys is not null
),
bundle_keys as materialized (
  select b.cut, b.role_id, b.scope_kind, array(
    select distinct q.key
    from (select rp.permission_key as key from ${sources.rolePermissions} rp where rp.role_id = b.role_id
        union all select unnest(array['inbox.view', 'inbox.manage', 'inbox.channel_manage']) where b.role_id = ${OWNER_SEAT}
        union all select 'inbox.view' where b.role_id = ${OTHER_SEAT}) g
      join permissions p on p.key = g.key and p.retired_at is null
      cross join lateral unnest(p.key || p.implies) x (key)
      join permissions q on q.key = x.key and q.retired_at is null and b.scope_kind = any (q.scope_kinds)
    where a.keys is null or q.key = any (a.keys)
    order by 1) as keys
  from (select distinct cut, role_id, scope_kind from held) b left join allowed a on a.cut = b.cut
),
bundles as materialized (
  select b.*, ${has('ticket.view_all')} as view_all, ${has('ticket.view_team')} as view_team, ${has('ticket.view_shared')} as view_shared,
    ${has('ticket.view_assigned')} as view_assigned, ${has('ticket.restore')} as restore
  from bundle_keys b where b.keys <> '{}'
),
effective as (
  select h.cred_id, h.scope_kind, h.scope_id, k.key, case when bool_or(h.until is null) then null else max(h.until) end as until,
    array_remove(array_agg(distinct h.assignment_id order by h.assignment_id), null) as via
  from ${heldBundles} cross join lateral unnest(b.keys) k (key)
  group by 1, 2, 3, 4, h.assignment_id is null
),
reach as (
  select h.cred_id,
    ${everywhere('view_all')} as all_ws, ${scopes('view_all', 'team')} as all_teams, ${scopes('view_all', 'inbox')} as all_inboxes,
    ${everywhere('view_team')} as pool, ${scopes('view_team', 'team')} as team_teams, ${scopes('view_team', 'inbox')} as team_inboxes,
    ${everywhere('view_shared')} as shared_ws, ${scopes('view_shared', 'team')} as shared_teams,
    ${everywhere('view_assigned')} as mine_ws, ${scopes('view_assigned', 'team')} as mine_teams, ${scopes('view_assigned', 'inbox')} as mine_inboxes,
    ${everywhere('restore')} as trash_ws, ${scopes('restore', 'team')} as trash_teams, ${scopes('restore', 'inbox')} as trash_inboxes
  from ${heldBundles} group by h.cred_id
),
told as (
  select cred_id, jsonb_agg(jsonb_build_array(scope_kind, keys, places) order by role_id, scope_kind) as grants
  from (
    select h.cred_id, h.role_id, h.scope_kind, any_value(b.keys) as keys,
      jsonb_agg(jsonb_build_array(h.scope_id, h.until, h.assignment_id) order by h.scope_id, h.assignment_id) as places
    from ${heldBundles} group by h.cred_id, h.role_id, h.scope_kind) g
  group by cred_id
),
places as (
  select c.*, coalesce(t.teams, '{}') as my_teams, coalesce(s.inboxes, '{}') as my_inboxes, coalesce(s.view_inboxes, '{}') as my_view_inboxes,
    case when c.key_id is not null then array[c.principal_id, c.holder_id]
      else array[c.holder_id] || array(select k.principal_id from api_keys k where k.creator_principal_id = c.holder_id order by 1) end as me,
    case when c.team_ids is not null then array(select t.id from ${sources.teams} t where t.id = any (c.team_ids) and t.archived_at is null order by 1) end as limit_teams,
    case when c.inbox_ids is not null then array(select i.id from inboxes i where i.id = any (c.inbox_ids) and i.archived_at is null order by 1) end as limit_inboxes
  from cred c
    left join (
      select c.cred_id, array_agg(m.team_id order by m.team_id) as teams
      from cred c join ${sources.memberships} m on m.principal_id = c.holder_id join ${sources.teams} t on t.id = m.team_id and t.archived_at is null
      group by c.cred_id) t on t.cred_id = c.cred_id
    left join (
      select cred_id, array_agg(inbox_id order by inbox_id) filter (where role in ('owner', 'agent')) as inboxes,
        array_agg(inbox_id order by inbox_id) filter (where role = 'viewer') as view_inboxes
      from seats group by cred_id) s on s.cred_id = c.cred_id
  where c.counts
),
auth_facts as not materialized (
  select p.cred_id, p.key_id, p.principal_id, p.holder_id, p.label, p.my_teams, p.my_inboxes, p.my_view_inboxes, p.me, p.limit_teams, p.limit_inboxes,
    coalesce(r.all_ws, false) as all_ws, ${list('r.all_teams')} as all_teams, ${list('r.all_inboxes')} as all_inboxes,
    (case when r.pool then p.my_teams else '{}' end) || ${list('r.team_teams')} as near_teams,
    (case when r.pool then p.my_inboxes else '{}' end) || ${list('r.team_inboxes')} as near_inboxes,
    case when r.pool then p.my_view_inboxes else '{}'::uuid[] end as view_inboxes, coalesce(r.pool, false) as pool,
    coalesce(r.shared_ws, false) as shared_ws,
    (case when r.shared_ws then p.my_teams else '{}' end) || ${list('r.shared_teams')} as share_teams,
    coalesce(r.mine_ws, false) as mine_ws, ${list('r.mine_teams')} as mine_teams, ${list('r.mine_inboxes')} as mine_inboxes,
    coalesce(r.trash_ws, false) as trash_ws, ${list('r.trash_teams')} as trash_teams, ${list('r.trash_inboxes')} as trash_inboxes,
    coalesce(g.grants, '[]'::jsonb) as grants
  from places p left join reach r on r.cred_id = p.cred_id left join told g on g.cred_id = p.cred_id
),
auth as materialized (select f.*, md5(f::text) as digest from auth_facts f)`;

/** Whether `auth` holds a permission at the workspace, or at the team that `teamId` names. Key limits are not looked at. */
export const heldAtTeam = (key: Permission, teamId: SQL): SQL => sql`exists (
  select from auth cross join lateral jsonb_array_elements(auth.grants) g
  where g -> 1 ? ${sql.raw(`'${key}'`)}
    and (g ->> 0 = 'workspace' or (g ->> 0 = 'team' and exists (select from jsonb_array_elements(g -> 2) p where (p ->> 0)::uuid = ${teamId}))))`;

/** Everything held, with the keys that it means. */
const heldBundles = sql.raw(
  'held h join bundles b on b.cut = h.cut and b.role_id = h.role_id and b.scope_kind = h.scope_kind',
);

const has = (key: Permission): SQL => sql.raw(`'${key}' = any (b.keys)`);

type Sight = 'view_all' | 'view_team' | 'view_shared' | 'view_assigned' | 'restore';

const everywhere = (sight: Sight): SQL => sql.raw(`bool_or(b.${sight} and h.scope_kind = 'workspace')`);

const scopes = (sight: Sight, kind: 'team' | 'inbox'): SQL =>
  sql.raw(`array_agg(distinct h.scope_id order by h.scope_id) filter (where b.${sight} and h.scope_kind = '${kind}')`);

const list = (column: string): SQL => sql.raw(`coalesce(${column}, '{}'::uuid[])`);
