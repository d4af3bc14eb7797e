import type { CatalogPermission } from '#schema/api/me.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { PERMISSION_KEYS, PERMISSIONS } from './permissions.ts';
import { selfPermit } from './permit.ts';

/** The whole catalogue of permissions, on one page; who may grant what is another question. */
export const listPermissions = defineRead({
  name: 'listPermissions',
  permission: 'self',
  load: (_input: Record<string, never>) => ({}),
  decide: (_loaded, _input, { authority }) =>
    unchanged(selfPermit(authority), {
      data: PERMISSION_KEYS.map((key): CatalogPermission => {
        const { scopeKinds, implies, ...entry } = PERMISSIONS[key];
        return { key, ...entry, scopeKinds: [...scopeKinds], implies: [...implies] };
      }),
      page: { next: null, hasMore: false },
    }),
});
