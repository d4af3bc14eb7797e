import { ServiceError } from '#schema/errors.ts';
import type { Authority } from '../authority.ts';
import { type ActingRole, isOwner } from './acting-roles.ts';

/**
 * What could make anybody an owner, or lasts for ever, is done by an owner in person, never by a program (rule R5), nor by a
 * token whose scopes leave out some of what an owner holds.
 * @throws ServiceError forbidden `person_required`, `owner_required`.
 */
export function requireOwner(authority: Authority, held: readonly ActingRole[]): void {
  if (authority.keyId !== null) {
    throw new ServiceError('forbidden', 'A person has to do this, not an API key.', { reason: 'person_required' });
  }
  if (!isOwner(held) || authority.withheld !== null)
    throw new ServiceError('forbidden', 'Only an owner may do this.', { reason: 'owner_required' });
}
