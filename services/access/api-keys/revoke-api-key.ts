import type { Id } from '#schema/ids.ts';
import { apiKeys } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { keyById } from './key-queries.ts';
import { keyPayload } from './key-view.ts';
import { permitKey } from './permit-key.ts';

export interface RevokeApiKeyInput {
  keyId: Id<'key'>;
  reason: 'manual' | 'leaked';
}

/** Ends a key at once and for good, both its secrets; what is revoked already stays as it is. @throws ServiceError not_found. */
export const revokeApiKey = defineVerb({
  name: 'revokeApiKey',
  permission: 'admin.manage_api_keys',
  target: ({ keyId }: RevokeApiKeyInput) => ({ type: 'api_key', id: keyId }),
  load: ({ keyId }: RevokeApiKeyInput) => ({ found: keyById(keyId) }),
  decide({ found }, { reason }, { authority, now }) {
    const { permit, loaded } = permitKey(authority, found);
    const { key } = loaded;
    if (key.revokedAt !== null) return unchanged(permit, null);
    const ended = { revokedAt: now, revokeReason: reason };
    return change({
      permit,
      answer: null,
      roots: [
        {
          kind: 'update',
          table: apiKeys,
          what: 'api key',
          loaded: key,
          set: { ...ended, version: key.version + 1 },
        },
      ],
      audit: {
        action: 'api_key.revoked',
        target: { type: 'api_key', id: key.id, label: key.name },
        changes: auditChanges(fieldChanges(key, { ...key, ...ended }, ['revokedAt', 'revokeReason'])),
      },
      events: [
        event({
          type: 'api_key.revoked',
          entity: key.id,
          audience: 'internal',
          payload: { ...keyPayload(key), reason },
        }),
      ],
    });
  },
});
