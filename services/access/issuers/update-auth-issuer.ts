import type * as z from 'zod';
import type { AuthIssuer, UpdateAuthIssuerBody } from '#schema/api/auth-issuers.ts';
import type { Id } from '#schema/ids.ts';
import { authIssuers } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges, given } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { type IssuerRow, issuerById, issuerPayload, issuerView } from './issuer-queries.ts';
import { permitKnownIssuer, requireReachable } from './issuer-rules.ts';
import { requireTrusted } from './require-trusted.ts';

type Changes = Omit<z.output<typeof UpdateAuthIssuerBody>, 'version'>;

export interface UpdateAuthIssuerInput {
  issuerId: Id<'iss'>;
  changes: Changes;
  ifMatch: VersionGuard | null;
}

const FIELDS = [
  'jwksUrl',
  'audiences',
  'algorithms',
  'maxTokenAgeSeconds',
  'provision',
  'emailDomains',
  'scopeClaim',
  'sync',
] as const;

/**
 * Changes what an issuer's tokens are held to; the next request of every one of them is.
 * @throws ServiceError not_found; forbidden `person_required`, `owner_required`; stale_version; conflict when it is
 *   disabled; unprocessable `url_refused`.
 */
export const updateAuthIssuer = defineVerb({
  name: 'updateAuthIssuer',
  permission: 'admin.manage_settings',
  target: ({ issuerId }: UpdateAuthIssuerInput) => ({ type: 'auth_issuer', id: issuerId }),
  load: ({ issuerId }: UpdateAuthIssuerInput, { auth, now }) => ({
    found: issuerById(issuerId),
    acting: actingRolesQuery(auth, now),
  }),
  decide({ found, acting }, { changes, ifMatch }, { authority, now, targets }) {
    const { permit, loaded } = permitKnownIssuer(authority, acting, found);
    const before = loaded.issuer;
    requireVersion(ifMatch, before.version, issuerView(loaded));
    requireTrusted(before);
    if (changes.jwksUrl !== undefined) requireReachable(changes.jwksUrl, '/jwksUrl', targets);
    const after: IssuerRow = { ...before, ...given(distinct(changes)) };
    const edits = FIELDS.map((field) => ({ field, from: before[field], to: after[field] })).filter(
      ({ from, to }) => JSON.stringify(from) !== JSON.stringify(to),
    );
    if (edits.length === 0) return unchanged<AuthIssuer>(permit, issuerView(loaded));
    const row = { ...after, version: before.version + 1, updatedAt: now };
    return change<AuthIssuer>({
      permit,
      answer: issuerView({ ...loaded, issuer: row }),
      roots: [
        {
          kind: 'update',
          table: authIssuers,
          what: 'issuer',
          loaded: before,
          set: { ...Object.fromEntries(edits.map(({ field, to }) => [field, to])), version: row.version },
        },
      ],
      audit: {
        action: 'auth_issuer.updated',
        target: { type: 'auth_issuer', id: row.id, label: row.issuer },
        changes: auditChanges(edits),
      },
      events: [
        event({
          type: 'auth_issuer.updated',
          entity: row.id,
          audience: 'internal',
          payload: { ...issuerPayload(row), changes: edits },
        }),
      ],
    });
  },
});

const distinct = (changes: Changes): Changes => ({
  ...changes,
  audiences: changes.audiences && [...new Set(changes.audiences)],
  algorithms: changes.algorithms && [...new Set(changes.algorithms)],
  emailDomains: changes.emailDomains && [...new Set(changes.emailDomains)],
});
