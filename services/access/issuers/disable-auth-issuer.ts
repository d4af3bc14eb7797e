import type { Id } from '#schema/ids.ts';
import { authIssuers } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { issuerById, issuerPayload, issuerView } from './issuer-queries.ts';
import { permitKnownIssuer } from './issuer-rules.ts';

/**
 * No longer trusts an issuer: its tokens are refused from the next request on, whoever carries them. What its rules gave
 * stays and shows where it came from.
 * @throws ServiceError not_found; forbidden `person_required`, `owner_required`; stale_version.
 */
export const disableAuthIssuer = defineVerb({
  name: 'disableAuthIssuer',
  permission: 'admin.manage_settings',
  target: ({ issuerId }: { issuerId: Id<'iss'>; ifMatch: VersionGuard | null }) => ({
    type: 'auth_issuer',
    id: issuerId,
  }),
  load: ({ issuerId }: { issuerId: Id<'iss'>; ifMatch: VersionGuard | null }, { auth, now }) => ({
    found: issuerById(issuerId),
    acting: actingRolesQuery(auth, now),
  }),
  decide({ found, acting }, { ifMatch }, { authority, now }) {
    const { permit, loaded } = permitKnownIssuer(authority, acting, found);
    const { issuer } = loaded;
    requireVersion(ifMatch, issuer.version, issuerView(loaded));
    if (issuer.disabledAt !== null) return unchanged(permit, null);
    return change({
      permit,
      answer: null,
      roots: [
        {
          kind: 'update',
          table: authIssuers,
          what: 'issuer',
          loaded: issuer,
          set: { disabledAt: now, version: issuer.version + 1 },
        },
      ],
      audit: {
        action: 'auth_issuer.disabled',
        target: { type: 'auth_issuer', id: issuer.id, label: issuer.issuer },
        changes: { disabledAt: [null, now.toISOString()] },
      },
      events: [
        event({
          type: 'auth_issuer.disabled',
          entity: issuer.id,
          audience: 'internal',
          payload: issuerPayload(issuer),
        }),
      ],
    });
  },
});
