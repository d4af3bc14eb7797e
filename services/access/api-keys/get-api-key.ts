import type { ApiKeyDetails } from '#schema/api/api-keys.ts';
import type { Id } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { keyAuthority, keyById } from './key-queries.ts';
import { keyDetails } from './key-view.ts';
import { permitKey } from './permit-key.ts';

/** One key, with what it may do at present. @throws ServiceError not_found. */
export const getApiKey = defineRead({
  name: 'getApiKey',
  permission: 'admin.manage_api_keys',
  load: ({ keyId }: { keyId: Id<'key'> }, { now }) => ({ found: keyById(keyId), effective: keyAuthority(keyId, now) }),
  decide({ found, effective }, _input, { authority, now }) {
    const { permit, loaded } = permitKey(authority, found);
    return unchanged<ApiKeyDetails>(permit, keyDetails(loaded, effective?.grants ?? [], now));
  },
});
