import { and, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import type { UpdateRoleBody } from '#schema/api/roles.ts';
import type { Id } from '#schema/ids.ts';
import { rolePermissions, roles } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { requireEditableRole } from '../rules/own-role.ts';
import { requireKnown, requireRoleCeiling } from './check-permissions.ts';
import { type RoleRow, roleById, rolePayload, roleView } from './role-queries.ts';

export interface UpdateRoleInput {
  roleId: Id<'role'>;
  /** Absent keeps, null clears; permissions replace the whole set. */
  changes: Omit<z.output<typeof UpdateRoleBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

/**
 * Changes a custom role for everybody who holds it, at once. Only what is added needs the ceiling.
 * @throws ServiceError not_found; stale_version; conflict `system_role`, `own_role`; unprocessable `unknown_permission`;
 *   forbidden `exceeds_ceiling`.
 */
export const updateRole = defineVerb({
  name: 'updateRole',
  permission: 'admin.manage_roles',
  target: ({ roleId }: UpdateRoleInput) => ({ type: 'role', id: roleId }),
  load: ({ roleId }: UpdateRoleInput, { auth, now }) => ({
    found: roleById(roleId),
    acting: actingRolesQuery(auth, now),
  }),
  decide({ found: [before], acting }, { changes, ifMatch }, { authority, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: true });
    if (before === undefined) throw notFound();
    requireVersion(ifMatch, before.role.version, roleView(before));
    requireEditableRole(before.role, acting);
    const { permissions: wanted, ...fields } = changes;
    const permissions = wanted === undefined ? before.permissions : requireKnown(wanted);
    const added = permissions.filter((key) => !before.permissions.includes(key));
    const removed = before.permissions.filter((key) => !permissions.includes(key));
    requireRoleCeiling(authority, requireKnown(added));
    const after: RoleRow = { role: { ...before.role, ...given(fields), updatedAt: now }, permissions };
    const changed = fieldChanges(before.role, after.role, ['name', 'description']);
    if (changed.length + added.length + removed.length === 0) return unchanged(permit, roleView(before));
    after.role.version += 1;
    const { name, description, version } = after.role;
    return change({
      permit,
      answer: roleView(after),
      roots: [{ kind: 'update', table: roles, what: 'role', loaded: before.role, set: { name, description, version } }],
      writes: permissionWrites(before.role.id, added, removed),
      audit: {
        action: 'role.updated',
        target: { type: 'role', id: before.role.id, label: name },
        changes: {
          ...auditChanges(changed),
          ...(added.length + removed.length === 0 ? {} : { permissions: { added, removed } }),
        },
      },
      events: [
        event({
          type: 'role.updated',
          entity: before.role.id,
          audience: 'internal',
          payload: { ...rolePayload(after), added, removed, changes: changed },
        }),
      ],
    });
  },
});

function permissionWrites(roleId: Id<'role'>, added: readonly string[], removed: readonly string[]): Statement[] {
  const { roleId: role, permissionKey } = rolePermissions;
  const writes: Statement[] = [];
  if (removed.length > 0)
    writes.push(
      statement(qb.delete(rolePermissions).where(and(eq(role, roleId), inArray(permissionKey, [...removed])))),
    );
  if (added.length > 0)
    writes.push(statement(qb.insert(rolePermissions).values(added.map((each) => ({ roleId, permissionKey: each })))));
  return writes;
}
