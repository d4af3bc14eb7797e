import { ServiceError } from '#schema/errors.ts';
import type { Authority } from '../authority.ts';

/** What is personal has no program in it. @throws ServiceError forbidden `person_required`. */
export function requirePerson(authority: Authority): void {
  if (authority.keyId === null) return;
  throw new ServiceError('forbidden', 'A person has to do this, not an API key.', { reason: 'person_required' });
}
