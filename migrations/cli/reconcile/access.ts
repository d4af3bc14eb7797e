import { createHash } from 'node:crypto';
import type pg from 'pg';
import { hashId, idToUuid } from '#schema/ids.ts';
import { SETTINGS_ID } from '#schema/tables/settings.ts';
import { PERMISSIONS } from '#services/access/permissions.ts';
import { SYSTEM_ROLES, type SystemRole } from '#services/access/system-roles.ts';
import { MigrationRefusal } from '../refusal.ts';
import { SYSTEM_NAME, SYSTEM_PRINCIPAL_ID } from './single-rows.ts';

/** What the database mirrors of the code. Another catalogue is another argument in tests only. */
export interface AccessCatalogue {
  permissions: Readonly<Record<string, (typeof PERMISSIONS)[keyof typeof PERMISSIONS]>>;
  roles: Readonly<Record<string, Omit<SystemRole, 'permissions'> & { permissions: readonly string[] }>>;
}

const CODE: AccessCatalogue = { permissions: PERMISSIONS, roles: SYSTEM_ROLES };

/**
 * Makes permissions and system roles equal to the catalogue. A key that is gone is retired, never deleted; custom roles are
 * left alone. A change is audited with the difference. Answers it as lines: what each system role gains and loses.
 */
export async function reconcileAccess(client: pg.Client, now: Date, catalogue = CODE): Promise<string[]> {
  const permissions = JSON.stringify(Object.entries(catalogue.permissions).map(([key, entry]) => ({ key, ...entry })));
  const roles = JSON.stringify(
    Object.entries(catalogue.roles).map(([key, role]) => ({
      id: idToUuid(hashId('role', ['system', key])),
      key,
      ...role,
    })),
  );
  await refuseTakenKeys(client, Object.keys(catalogue.roles));
  const difference = [
    ...(await reconcilePermissions(client, permissions, now)),
    ...(await reconcileRoles(client, roles, now)),
  ];
  const hash = createHash('sha256').update(permissions).update(roles).digest();
  await client.query(
    'update settings set catalogue_hash = $2, updated_at = $3 where id = $1 and catalogue_hash is distinct from $2',
    [idToUuid(SETTINGS_ID), hash, now],
  );
  if (difference.length > 0) await writeAudit(client, difference, now);
  return difference.map(({ subject, change, keys }) => `${subject} ${change}: ${keys.join(', ')}`);
}

interface Difference {
  subject: string;
  change: string;
  keys: string[];
}

async function refuseTakenKeys(client: pg.Client, keys: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ key: string }>(
    'select key from roles where key = any ($1) and not is_system and deleted_at is null order by key',
    [keys],
  );
  const taken = rows.map(({ key }) => key).join(', ');
  if (taken !== '')
    throw new MigrationRefusal('role_key_taken', `a custom role has the key of a system role: ${taken}`);
}

async function reconcilePermissions(client: pg.Client, permissions: string, now: Date): Promise<Difference[]> {
  const { rows } = await client.query<Difference>(
    `with code as (
       select key, category, resource, "scopeKinds" as scope_kinds, level, implies, sensitive, description
       from jsonb_to_recordset($1) as c (key text, category text, resource text, "scopeKinds" text[], level text, implies text[], sensitive boolean, description text)
     ), written as (
       insert into permissions (key, category, resource, scope_kinds, level, implies, sensitive, description)
       select * from code
       on conflict (key) do update set category = excluded.category, resource = excluded.resource, scope_kinds = excluded.scope_kinds,
         level = excluded.level, implies = excluded.implies, sensitive = excluded.sensitive, description = excluded.description, retired_at = null
       where (permissions.*) is distinct from (excluded.*)
       returning key, old.key is null as is_new
     ), retired as (
       update permissions set retired_at = $2 where retired_at is null and key not in (select key from code) returning key
     )
     select 'permissions' as subject, case when is_new then 'added' else 'changed' end as change, array_agg(key order by key) as keys
     from written group by is_new
     union all
     select 'permissions', 'retired', array_agg(key order by key) from retired having count(*) > 0`,
    [permissions, now],
  );
  return rows;
}

async function reconcileRoles(client: pg.Client, roles: string, now: Date): Promise<Difference[]> {
  await client.query(
    `insert into roles (id, key, name, description, is_system, created_at, updated_at)
     select c.id, c.key, c.name, c.description, true, $2, $2
     from jsonb_to_recordset($1) as c (id uuid, key text, name text, description text)
     on conflict (key) where deleted_at is null do update set name = excluded.name, description = excluded.description,
       updated_at = excluded.updated_at, version = roles.version + 1, revision = roles.revision + 1
     where (roles.name, roles.description) is distinct from (excluded.name, excluded.description)`,
    [roles, now],
  );
  const { rows } = await client.query<Difference>(
    `with code as (
       select r.id as role_id, r.key as role, p.value #>> '{}' as permission_key
       from jsonb_to_recordset($1) as c (key text, permissions jsonb)
         join roles r on r.key = c.key and r.is_system and r.deleted_at is null
         cross join lateral jsonb_array_elements(c.permissions) p
     ), gained as (
       insert into role_permissions (role_id, permission_key) select role_id, permission_key from code
       on conflict do nothing returning role_id, permission_key
     ), lost as (
       delete from role_permissions rp using roles r
       where r.id = rp.role_id and r.is_system and r.deleted_at is null
         and not exists (select from code c where c.role_id = rp.role_id and c.permission_key = rp.permission_key)
       returning rp.role_id, rp.permission_key
     ), difference as (
       select 'gained' as change, * from gained union all select 'lost', * from lost
     ), touched as (
       update roles set updated_at = $2, version = version + 1, revision = revision + 1 where id in (select role_id from difference) and created_at <> $2
     )
     select 'role ' || r.key as subject, d.change, array_agg(d.permission_key order by d.permission_key) as keys
     from difference d join roles r on r.id = d.role_id group by r.key, d.change order by r.key, d.change`,
    [roles, now],
  );
  return rows;
}

async function writeAudit(client: pg.Client, difference: readonly Difference[], now: Date): Promise<void> {
  const changes: Record<string, Record<string, string[]>> = {};
  for (const { subject, change, keys } of difference) changes[subject] = { ...changes[subject], [change]: keys };
  await client.query(
    `insert into audit_events (actor_kind, actor_id, actor_label, action, changed_fields, target_type, target_id, surface, occurred_at, changes)
     values ('system', $1, $2, 'access.reconciled', $3, 'settings', $4, 'cli', $5, $6)`,
    [
      idToUuid(SYSTEM_PRINCIPAL_ID),
      SYSTEM_NAME,
      Object.keys(changes),
      idToUuid(SETTINGS_ID),
      now,
      JSON.stringify(changes),
    ],
  );
}
