import type { ApiKeyWithToken } from '#schema/api/api-keys.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { apiKeys } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireCeiling } from '../ceiling.ts';
import { formatApiKey, hashSecret, newSecret, secretOf } from '../credential.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { keyPowers } from './key-powers.ts';
import { askingKey, keyById } from './key-queries.ts';
import { requireWithin } from './key-rules.ts';
import { keyPayload, keyView } from './key-view.ts';
import { permitKey, requireLive } from './permit-key.ts';

const MOST_OVERLAP_SECONDS = 7 * 86_400;

export interface RotateApiKeyInput {
  keyId: Id<'key'>;
  overlapSeconds: number;
}

/**
 * Gives a key a new secret; the present one goes on working for the overlap, the one before it ends now. Who rotates
 * reads the secret, so they cover what the key can do, unless it is their own and no scopes cut the token that asks.
 * @throws ServiceError not_found, conflict `key_revoked`, `key_expired`, forbidden `exceeds_ceiling`, `person_required`,
 *   `owner_required`, unprocessable `out_of_range`.
 */
export const rotateApiKey = defineVerb({
  name: 'rotateApiKey',
  permission: 'admin.manage_api_keys',
  target: ({ keyId }: RotateApiKeyInput) => ({ type: 'api_key', id: keyId }),
  load: ({ keyId }: RotateApiKeyInput, { auth, now }) => ({
    found: keyById(keyId),
    asking: askingKey(auth),
    held: actingRolesQuery(auth, now),
  }),
  decide({ found, asking: [asking], held }, { overlapSeconds }, { authority, now, random }) {
    const { permit, loaded } = permitKey(authority, found);
    const { key } = loaded;
    requireLive(loaded, now);
    const inWhole = authority.keyId === null && authority.withheld === null;
    const ownsIt = inWhole && authority.holderId === key.creatorPrincipalId;
    if (!ownsIt && authority.keyId !== key.id) {
      if (key.expiresAt === null) requireOwner(authority, held);
      requireCeiling(authority, keyPowers(key));
      requireWithin(asking, key);
    }
    if (overlapSeconds < 0 || overlapSeconds > MOST_OVERLAP_SECONDS) {
      throw new ServiceError('unprocessable', `The overlap is 0 to ${MOST_OVERLAP_SECONDS} seconds.`, {
        reason: 'out_of_range',
      });
    }
    const overlapUntil = overlapSeconds === 0 ? null : new Date(now.getTime() + overlapSeconds * 1000);
    const token = formatApiKey(key.id, newSecret(random));
    const set = {
      secretHash: hashSecret(secretOf(token)),
      previousHash: overlapUntil === null ? null : key.secretHash,
      previousValidUntil: overlapUntil,
      rotatedAt: now,
      version: key.version + 1,
    };
    const row = { ...key, ...set, updatedAt: now };
    return change<ApiKeyWithToken>({
      permit,
      answer: { ...keyView({ ...loaded, key: row }, now), token },
      roots: [{ kind: 'update', table: apiKeys, what: 'api key', loaded: key, set }],
      audit: {
        action: 'api_key.rotated',
        target: { type: 'api_key', id: key.id, label: key.name },
        changes: auditChanges(fieldChanges(key, row, ['rotatedAt', 'previousValidUntil'])),
      },
      events: [
        event({
          type: 'api_key.rotated',
          entity: key.id,
          audience: 'internal',
          payload: { ...keyPayload(row), overlapUntil: overlapUntil?.toISOString() ?? null },
        }),
      ],
    });
  },
});
