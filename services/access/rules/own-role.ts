import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { type ActingRole, isOwner } from './acting-roles.ts';

/**
 * System roles are the product's; a role that one holds is changed by somebody else, unless one is an owner (rule R6).
 * @throws ServiceError conflict `system_role`, `own_role`.
 */
export function requireEditableRole(role: { id: Id<'role'>; isSystem: boolean }, held: readonly ActingRole[]): void {
  if (role.isSystem) {
    throw new ServiceError('conflict', 'System roles are the same everywhere and cannot be changed.', {
      reason: 'system_role',
    });
  }
  if (held.some(({ roleId }) => roleId === role.id) && !isOwner(held)) {
    throw new ServiceError('conflict', 'Somebody who does not hold this role has to change it.', {
      reason: 'own_role',
    });
  }
}
