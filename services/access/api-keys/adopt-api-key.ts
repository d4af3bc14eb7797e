import { sql } from 'drizzle-orm';
import type { ApiKey } from '#schema/api/api-keys.ts';
import type { Id } from '#schema/ids.ts';
import { apiKeys } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireCeiling } from '../ceiling.ts';
import { holdMember } from '../hold.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { requirePerson } from '../rules/person-required.ts';
import { keyPowers } from './key-powers.ts';
import { keyById, roomForKey } from './key-queries.ts';
import { requireRoom } from './key-rules.ts';
import { keyPayload, keyView } from './key-view.ts';
import { permitKey, requireLive } from './permit-key.ts';

export interface AdoptApiKeyInput {
  keyId: Id<'key'>;
}

/**
 * Makes the caller the creator of a key: from now on their authority bounds it. For when its creator leaves, or is
 * suspended.
 * @throws ServiceError not_found, conflict `key_revoked`, `key_expired`, forbidden `person_required`, `exceeds_ceiling`,
 *   `owner_required`, unprocessable `limit_reached`.
 */
export const adoptApiKey = defineVerb({
  name: 'adoptApiKey',
  permission: 'admin.manage_api_keys',
  target: ({ keyId }: AdoptApiKeyInput) => ({ type: 'api_key', id: keyId }),
  load: ({ keyId }: AdoptApiKeyInput, { now, auth }) => ({
    found: keyById(keyId),
    held: actingRolesQuery(auth, now),
    room: roomForKey(sql`(select holder_id from auth)`, now, auth),
  }),
  decide({ found, held, room }, _input, { authority, now }) {
    const { permit, loaded } = permitKey(authority, found);
    const { key } = loaded;
    requireLive(loaded, now);
    requirePerson(authority);
    if (key.creatorPrincipalId === authority.holderId) return unchanged<ApiKey>(permit, keyView(loaded, now));
    if (key.expiresAt === null) requireOwner(authority, held);
    requireCeiling(authority, keyPowers(key));
    requireRoom(room.map(({ of_one }) => ({ in_all: false, of_one })));
    const row = { ...key, creatorPrincipalId: authority.holderId, version: key.version + 1, updatedAt: now };
    const edits = [{ field: 'creatorId', from: key.creatorPrincipalId, to: row.creatorPrincipalId }];
    return change<ApiKey>({
      permit,
      answer: keyView({ key: row, creatorState: 'active' }, now),
      holds: [holdMember(authority.holderId)],
      roots: [
        {
          kind: 'update',
          table: apiKeys,
          what: 'api key',
          loaded: key,
          set: { creatorPrincipalId: row.creatorPrincipalId, version: row.version },
        },
      ],
      audit: {
        action: 'api_key.updated',
        target: { type: 'api_key', id: key.id, label: key.name },
        changes: auditChanges(edits),
      },
      events: [
        event({
          type: 'api_key.updated',
          entity: key.id,
          audience: 'internal',
          payload: {
            ...keyPayload(row),
            changes: edits,
            added: [],
            removed: [],
          },
        }),
      ],
    });
  },
});
