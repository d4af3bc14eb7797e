import type { AuthIssuer } from '#schema/api/auth-issuers.ts';
import type { Id } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { issuerById, issuerView } from './issuer-queries.ts';

/** Reads an issuer with its rules. @throws ServiceError not_found. */
export const getAuthIssuer = defineRead({
  name: 'getAuthIssuer',
  permission: 'admin.manage_settings',
  load: ({ issuerId }: { issuerId: Id<'iss'> }) => ({ found: issuerById(issuerId) }),
  decide({ found: [loaded] }, _input, { authority }) {
    const permit = permitWorkspace(authority, 'admin.manage_settings', { view: 'admin.manage_settings', single: true });
    if (loaded === undefined) throw notFound();
    return unchanged<AuthIssuer>(permit, issuerView(loaded));
  },
});
