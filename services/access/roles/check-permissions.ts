import { ServiceError } from '#schema/errors.ts';
import type { Authority } from '../authority.ts';
import { powersAt, requireCeiling } from '../ceiling.ts';
import { isPermission, type Permission } from '../permissions.ts';

/** Each key once and in order. @throws ServiceError unprocessable `unknown_permission`. */
export function requireKnown(keys: readonly string[]): Permission[] {
  const unknown = keys.filter((key) => !isPermission(key));
  if (unknown.length > 0) {
    const detail = `There is no permission ${unknown.slice(0, 5).join(', ')}.`;
    throw new ServiceError('unprocessable', detail, {
      reason: 'unknown_permission',
      errors: [{ in: 'body', pointer: '/permissions', code: 'unknown_permission', detail }],
    });
  }
  return [...new Set(keys.filter(isPermission))].sort();
}

/**
 * A role has no end and may come to be held anywhere, so what is put into it is held by the actor at the workspace and
 * for ever; that covers every scope where the role is live (rule R1).
 * @throws ServiceError forbidden `exceeds_ceiling`.
 */
export const requireRoleCeiling = (authority: Authority, keys: readonly Permission[]): void =>
  requireCeiling(authority, powersAt(keys, { scope: 'workspace', scopeId: null, until: null }));
