import { type SQL, sql } from 'drizzle-orm';

/** Where authority is read from: tables, or what stands in for them. */
export interface AuthoritySources {
  assignments: SQL;
  rolePermissions: SQL;
  memberships: SQL;
  teams: SQL;
  seats: SQL;
  keys: SQL;
}

const STORED: AuthoritySources = {
  assignments: sql`public.principal_role_assignments`,
  rolePermissions: sql`public.role_permissions`,
  memberships: sql`public.team_memberships`,
  teams: sql`public.teams`,
  seats: sql`public.inbox_memberships`,
  keys: sql`public.api_keys`,
};

/** What a seat in an inbox gives stands where a role would; no UUIDv7 looks like these. */
const OWNER_SEAT = sql.raw(`'00000000-0000-0000-0000-000000000001'::uuid`);
const OTHER_SEAT = sql.raw(`'00000000-0000-0000-0000-000000000002'::uuid`);
/** Of a credential without scopes of its own: it shares the keys of a role with all others. */
const UNCUT = sql.raw(`'00000000-0000-0000-0000-000000000000'::uuid`);

/**
 * Common table expressions that end in `auth`, the effective authority of each row of `credentials` that counts (02 3.4):
 * for many at once, and as the law says it; the functions `authority_of_…` give the same to one caller in fewer steps. `auth_facts` is the same without digest;
 * `effective` has a row for each permission, place and kind of source. Keys are worked out once for a role at a kind of
 * place, not for each of fifty grants.
 */
export function authorityDefinition(credentials: SQL, now: SQL, instead: Partial<AuthoritySources> = {}): SQL {
  const sources = { ...STORED, ...instead };
  return sql`
cred as materialized (
  select k.*, k.refusal is null as counts, case when k.scope_keys is null then ${UNCUT} else k.cred_id end as cut from (${credentials}) k
),
seats as materialized (
  select c.cred_id, c.cut, m.inbox_id, m.role
  from cred c join ${sources.seats} m on m.principal_id = c.holder_id
    join public.inboxes i on i.id = m.inbox_id and i.archived_at is null
  where c.counts
),
held as materialized (
  select c.cred_id, c.cut, a.id as assignment_id, a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at as until
  from cred c
    join ${sources.assignments} a on a.principal_id = c.holder_id
    left join ${sources.teams} t on t.id = a.team_id
    left join public.inboxes i on i.id = a.inbox_id
  where c.counts and a.revoked_at is null and (a.expires_at is null or a.expires_at > ${now})
    and t.archived_at is null and i.archived_at is null
  union all
  select cred_id, cut, null, case role when 'owner' then ${OWNER_SEAT} else ${OTHER_SEAT} end, 'inbox', inbox_id, null from seats
),
closure as materialized (
  select key, unnest(key || implies) as means from public.permissions where retired_at is null
),
meanings as materialized (
  select c.key, q.kind, q.key as means
  from closure c join (select key, unnest(scope_kinds) as kind from public.permissions where retired_at is null) q on q.key = c.means
),
allowed as materialized (
  select distinct c.cut, m.means as key
  from cred c cross join lateral unnest(c.scope_keys) s (key) join closure m on m.key = s.key where c.scope_keys is not null
  union all
  select ${UNCUT}, key from public.permissions where exists (select from cred where scope_keys is null)
),
given as materialized (
  select distinct g.role_id, m.kind, m.means as key
  from (
    select r.id as role_id, rp.permission_key as key
      from (select distinct role_id from held) h join public.roles r on r.id = h.role_id and r.deleted_at is null
        join ${sources.rolePermissions} rp on rp.role_id = r.id
    union all values (${OWNER_SEAT}, 'inbox.view'), (${OWNER_SEAT}, 'inbox.manage'), (${OWNER_SEAT}, 'inbox.channel_manage'), (${OTHER_SEAT}, 'inbox.view')
  ) g join meanings m on m.key = g.key
),
bundles as materialized (
  select b.cut, b.role_id, b.scope_kind, array_sort(array_agg(g.key)) as keys, ${gives('ticket.view_all')} as view_all, ${gives('ticket.view_team')} as view_team,
    ${gives('ticket.view_shared')} as view_shared, ${gives('ticket.view_assigned')} as view_assigned, ${gives('ticket.restore')} as restore
  from (select distinct cut, role_id, scope_kind from held) b
    join given g on g.role_id = b.role_id and g.kind = b.scope_kind
    join allowed a on a.cut = b.cut and a.key = g.key
  group by b.cut, b.role_id, b.scope_kind
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
  select cred_id, jsonb_agg(jsonb_build_array(scope_kind, keys, scope_ids, untils, via) order by role_id, scope_kind) as grants
  from (
    select h.cred_id, h.role_id, h.scope_kind, any_value(b.keys) as keys, array_agg(h.scope_id order by h.scope_id, h.assignment_id) as scope_ids,
      array_agg(h.until order by h.scope_id, h.assignment_id) as untils, array_agg(h.assignment_id order by h.scope_id, h.assignment_id) as via
    from ${heldBundles} group by h.cred_id, h.role_id, h.scope_kind) g
  group by cred_id
),
places as (
  select c.*, coalesce(t.teams, '{}') as my_teams, coalesce(s.inboxes, '{}') as my_inboxes, coalesce(s.view_inboxes, '{}') as my_view_inboxes,
    case when c.key_id is not null then array[c.principal_id, c.holder_id]
      else array[c.holder_id] || array_sort(array(select k.principal_id from ${sources.keys} k where k.creator_principal_id = c.holder_id)) end as me,
    case when c.team_ids is not null then array_sort(array(select t.id from ${sources.teams} t where t.id = any (c.team_ids) and t.archived_at is null)) end as limit_teams,
    case when c.inbox_ids is not null then array_sort(array(select i.id from public.inboxes i where i.id = any (c.inbox_ids) and i.archived_at is null)) end as limit_inboxes
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
auth as materialized (select f.*, ${sql.raw(digestOf((column) => `f.${column}`))} as digest from (select * from auth_facts offset 0) f)`;
}

/** Columns from which all others follow. To write them as text costs more than to find them, so each is written once. */
const DIGESTED = [
  'cred_id',
  'key_id',
  'principal_id',
  'holder_id',
  'label',
  'my_teams',
  'my_inboxes',
  'my_view_inboxes',
  'me',
  'limit_teams',
  'limit_inboxes',
];

export const digestOf = (column: (name: string) => string): string =>
  `md5(row(${DIGESTED.map(column).join(', ')})::text || ${column('grants')}::text)`;

/** Everything held, with the keys that it means. */
const heldBundles = sql.raw(
  'held h join bundles b on b.cut = h.cut and b.role_id = h.role_id and b.scope_kind = h.scope_kind',
);

const gives = (key: string): SQL => sql.raw(`bool_or(g.key = '${key}')`);

type Sight = 'view_all' | 'view_team' | 'view_shared' | 'view_assigned' | 'restore';

const everywhere = (sight: Sight): SQL => sql.raw(`bool_or(b.${sight} and h.scope_kind = 'workspace')`);

const scopes = (sight: Sight, kind: 'team' | 'inbox'): SQL =>
  sql.raw(`array_agg(distinct h.scope_id order by h.scope_id) filter (where b.${sight} and h.scope_kind = '${kind}')`);

const list = (column: string): SQL => sql.raw(`coalesce(${column}, '{}'::uuid[])`);
