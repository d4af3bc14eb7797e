import type { Id } from '#schema/ids.ts';
import { apiKeys } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { keyById } from './key-queries.ts';
import { keyPayload } from './key-view.ts';
import { permitKey } from './permit-key.ts';

export interface EndPreviousSecretInput {
  keyId: Id<'key'>;
}

/** Ends the overlap of a rotation now; where there is none, nothing happens. @throws ServiceError not_found. */
export const endPreviousSecret = defineVerb({
  name: 'endPreviousSecret',
  permission: 'admin.manage_api_keys',
  target: ({ keyId }: EndPreviousSecretInput) => ({ type: 'api_key', id: keyId }),
  load: ({ keyId }: EndPreviousSecretInput) => ({ found: keyById(keyId) }),
  decide({ found }, _input, { authority, now }) {
    const { permit, loaded } = permitKey(authority, found);
    const { key } = loaded;
    if (key.previousValidUntil === null || key.previousValidUntil <= now) return unchanged(permit, null);
    const edits = fieldChanges(key, { ...key, previousValidUntil: null }, ['previousValidUntil']);
    return change({
      permit,
      answer: null,
      roots: [
        {
          kind: 'update',
          table: apiKeys,
          what: 'api key',
          loaded: key,
          set: { previousHash: null, previousValidUntil: null, version: key.version + 1 },
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
            ...keyPayload(key),
            changes: edits,
            added: [],
            removed: [],
          },
        }),
      ],
    });
  },
});
