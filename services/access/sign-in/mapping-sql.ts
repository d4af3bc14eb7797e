import { type SQL, sql } from 'drizzle-orm';

// Parts of the statement of sign-in-query.ts: `iss`, `matched` and `who` are its relations.

const permissionsOf = (role: SQL): SQL =>
  sql`(select coalesce(jsonb_agg(rp.permission_key order by rp.permission_key), '[]') from role_permissions rp where rp.role_id = ${role})`;

/** What the rules that the claims meet give, as far as it still exists. */
export const mappedRules: SQL = sql`
  select m.position, jsonb_build_object('roleId', public.to_typeid('role', r.id), 'roleKey', r.key, 'roleName', r.name, 'revision', r.revision,
    'permissions', ${permissionsOf(sql`r.id`)}) as rule
  from matched m join roles r on r.id = m.role_id and r.deleted_at is null
  union all
  select m.position, jsonb_build_object('teamId', public.to_typeid('team', t.id), 'joinAs', m.join_as, 'revision', t.revision)
  from matched m join teams t on t.id = m.join_team_id and t.archived_at is null`;

/** The person's workspace grants that nothing has ended yet, expired ones among them: they stand in the way of a twin. */
export const heldGrants: SQL = sql`
  select jsonb_build_object('id', public.to_typeid('rasn', g.id), 'roleId', public.to_typeid('role', r.id), 'roleKey', r.key, 'roleName', r.name,
    'permissions', ${permissionsOf(sql`r.id`)}, 'expiresAt', g.expires_at, 'createdAt', g.created_at, 'source', g.source,
    'own', g.issuer_id is not distinct from iss.id) as held
  from principal_role_assignments g join who on who.id = g.principal_id join roles r on r.id = g.role_id
  where g.revoked_at is null and g.scope_kind = 'workspace'`;

export const heldMemberships: SQL = sql`
  select jsonb_build_object('teamId', public.to_typeid('team', m.team_id), 'role', m.role, 'own', m.issuer_id is not distinct from iss.id) as held
  from team_memberships m join who on who.id = m.principal_id`;
