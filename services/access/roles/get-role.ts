import type { Id } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { roleById, roleView } from './role-queries.ts';

/** Reads a role. @throws ServiceError not_found. */
export const getRole = defineRead({
  name: 'getRole',
  permission: 'admin.manage_roles',
  load: ({ roleId }: { roleId: Id<'role'> }) => ({ found: roleById(roleId) }),
  decide({ found: [row] }, _input, { authority }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: true });
    if (row === undefined) throw notFound();
    return unchanged(permit, roleView(row));
  },
});
