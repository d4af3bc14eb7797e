import { and, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import type { Role } from '#schema/api/roles.ts';
import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { roles } from '#schema/index.ts';
import { nothing, qb, type Statement, statement } from '#services/kernel/query.ts';
import { isPermission, type Permission } from '../permissions.ts';

/** A live role with its set of permission keys, in order. */
export interface RoleRow {
  role: Omit<typeof roles.$inferSelect, 'means'>;
  permissions: string[];
}

export const permissionsOfRole = sql<
  string[]
>`array(select rp.permission_key from role_permissions rp where rp.role_id = ${roles.id} order by 1)`;

const { means: _forAuthority, ...columns } = getTableColumns(roles);

export const selectRoles = () => qb.select({ role: columns, permissions: permissionsOfRole }).from(roles);

export const roleById = (roleId: Id<'role'> | undefined): Statement<RoleRow[]> =>
  statement<RoleRow[]>(
    selectRoles().where(roleId === undefined ? nothing : and(eq(roles.id, roleId), isNull(roles.deletedAt))),
  );

/** Those of the catalogue; a key that left it gives nothing. */
export const knownPermissions = ({ permissions }: Pick<RoleRow, 'permissions'>): Permission[] =>
  permissions.filter(isPermission);

export const roleView = ({ role, permissions }: RoleRow): Role => ({
  id: role.id,
  key: role.key,
  name: role.name,
  description: role.description,
  isSystem: role.isSystem,
  permissions,
  createdAt: role.createdAt.toISOString(),
  updatedAt: role.updatedAt.toISOString(),
  version: role.version,
});

export const rolePayload = ({ role, permissions }: RoleRow): EventPayload<'role.created'> => ({
  roleId: role.id,
  key: role.key,
  name: role.name,
  permissions,
});
