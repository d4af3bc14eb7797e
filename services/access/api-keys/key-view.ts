import type { API_KEY_STATES, ApiKey, ApiKeyDetails, HeldPermission } from '#schema/api/api-keys.ts';
import type { GrantScope } from '#schema/api/roles.ts';
import type { EventPayload } from '#schema/events.ts';
import { type Id, uuidToId } from '#schema/ids.ts';
import type { ValueOf } from '#schema/values.ts';
import type { EffectiveGrant } from '../authority.ts';
import type { ApiKeyRow, LoadedKey } from './key-queries.ts';

const SHOWN_CHARACTERS = 12;

/** How the token of a key begins, rebuilt from its id. */
export const keyPrefix = (keyId: Id<'key'>): string => `mk_${keyId.slice('key_'.length)}`.slice(0, SHOWN_CHARACTERS);

export type KeyState = ValueOf<typeof API_KEY_STATES>;

export function keyState({ key, creatorState }: LoadedKey, now: Date): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return creatorState === 'active' ? 'active' : 'asleep';
}

/** A key as answers show it. */
export function keyView(loaded: LoadedKey, now: Date): ApiKey {
  const { key } = loaded;
  return {
    id: key.id,
    prefix: keyPrefix(key.id),
    name: key.name,
    purpose: key.purpose,
    state: keyState(loaded, now),
    principalId: key.principalId,
    creatorId: key.creatorPrincipalId,
    scopes: key.scopeKeys,
    teamIds: key.teamIds,
    inboxIds: key.inboxIds,
    allowedIps: key.allowedIps,
    expiresAt: text(key.expiresAt),
    revokedAt: text(key.revokedAt),
    revokeReason: key.revokeReason,
    rotatedAt: text(key.rotatedAt),
    previousValidUntil:
      key.previousValidUntil !== null && key.previousValidUntil > now ? text(key.previousValidUntil) : null,
    lastUsedAt: text(key.lastUsedAt),
    lastIp: key.lastIp,
    createdAt: key.createdAt.toISOString(),
    updatedAt: key.updatedAt.toISOString(),
    version: key.version,
  };
}

export const keyDetails = (loaded: LoadedKey, held: readonly EffectiveGrant[], now: Date): ApiKeyDetails => ({
  ...keyView(loaded, now),
  permissions: held.map(heldPermission),
});

/** An effective grant as answers show it. */
export const heldPermission = ({ key, scope, scopeId, until }: EffectiveGrant): HeldPermission => ({
  permission: key,
  scope: scopeView(scope, scopeId),
  until: text(until),
});

function scopeView(kind: EffectiveGrant['scope'], id: string | null): GrantScope {
  if (kind === 'workspace' || id === null) return { kind: 'workspace' };
  return kind === 'team' ? { kind, id: uuidToId('team', id) } : { kind, id: uuidToId('inbox', id) };
}

/** A key as its events show it. */
export const keyPayload = (key: ApiKeyRow): EventPayload<'api_key.created'> => ({
  keyId: key.id,
  prefix: keyPrefix(key.id),
  name: key.name,
  principalId: key.principalId,
  creatorId: key.creatorPrincipalId,
  scopes: key.scopeKeys,
  limits: { teamIds: key.teamIds, inboxIds: key.inboxIds, allowedIps: key.allowedIps },
  expiresAt: text(key.expiresAt),
});

const text = (at: Date | null): string | null => at?.toISOString() ?? null;
