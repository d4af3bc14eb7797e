import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { Authority } from '../authority.ts';

/**
 * Nobody changes their own grants, state or memberships (rule R3); a key counts as its creator.
 * @throws ServiceError conflict `self_change`.
 */
export function requireOther(authority: Authority, principalId: Id<'prin'>): void {
  if (!isSelf(authority, principalId)) return;
  throw new ServiceError('conflict', 'Somebody else has to change this for you.', { reason: 'self_change' });
}

export const isSelf = (authority: Authority, principalId: Id<'prin'>): boolean =>
  authority.holderId === principalId || authority.principalId === principalId;
