import { ServiceError } from '#schema/errors.ts';
import type { Authority } from '../authority.ts';
import { notFound, type Permit, permitWorkspace } from '../permit.ts';
import type { LoadedKey } from './key-queries.ts';
import { keyState } from './key-view.ts';

/** One key, for who manages keys. @throws ServiceError not_found, the same for absent and invisible. */
export function permitKey(authority: Authority, [loaded]: readonly LoadedKey[]): { permit: Permit; loaded: LoadedKey } {
  const permit = permitWorkspace(authority, 'admin.manage_api_keys', { view: 'admin.manage_api_keys', single: true });
  if (loaded === undefined) throw notFound();
  return { permit, loaded };
}

/** What has ended does not come back. @throws ServiceError conflict `key_revoked`, `key_expired`. */
export function requireLive(loaded: LoadedKey, now: Date): void {
  const state = keyState(loaded, now);
  if (state === 'revoked') throw new ServiceError('conflict', 'This key was revoked.', { reason: 'key_revoked' });
  if (state === 'expired') throw new ServiceError('conflict', 'This key has expired.', { reason: 'key_expired' });
}
