import { sql } from 'drizzle-orm';
import type { AuthIssuer } from '#schema/api/auth-issuers.ts';
import { ServiceError } from '#schema/errors.ts';
import { authIssuers } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { rows } from '#services/kernel/query.ts';
import { requireFree, takenQuery } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { discoverKeys } from './discover-keys.ts';
import { issuerPayload, issuerView } from './issuer-queries.ts';
import { permitIssuerChange, requireReachable } from './issuer-rules.ts';
import { type NewIssuer, newIssuer } from './new-issuer.ts';

const MOST_ISSUERS = 10;

/**
 * Trusts an issuer of tokens. Its keys are looked for now and never again by a request.
 * @throws ServiceError forbidden `person_required`, `owner_required`; unprocessable `url_refused`, `limit_reached`;
 *   conflict `name_taken`; unavailable `issuer_unreachable`.
 */
export const createAuthIssuer = defineVerb({
  name: 'createAuthIssuer',
  permission: 'admin.manage_settings',
  load: ({ issuer }: NewIssuer, { auth, now }) => ({
    acting: actingRolesQuery(auth, now),
    full: rows<{ full: boolean }>(
      sql`select exists (select from auth_issuers where disabled_at is null offset ${MOST_ISSUERS - 1}) as full`,
    ),
    taken: takenQuery(sql`select from auth_issuers where issuer = ${issuer} and disabled_at is null`),
  }),
  async readOutside({ acting }, input, { authority, targets }, { outbound }) {
    permitIssuerChange(authority, acting, false);
    requireReachable(input.issuer, '/issuer', targets);
    if (input.jwksUrl === undefined) return discoverKeys(outbound, input);
    requireReachable(input.jwksUrl, '/jwksUrl', targets);
    return input.jwksUrl;
  },
  decide({ acting, full: [limit], taken }, input, by, jwksUrl) {
    const permit = permitIssuerChange(by.authority, acting, false);
    if (limit?.full === true) {
      throw new ServiceError('unprocessable', `A workspace trusts at most ${MOST_ISSUERS} issuers.`, {
        reason: 'limit_reached',
      });
    }
    requireFree(taken);
    const issuer = newIssuer(input, jwksUrl, by);
    return change<AuthIssuer>({
      permit,
      answer: issuerView({ issuer, rules: [] }),
      roots: [{ kind: 'insert', table: authIssuers, row: issuer }],
      audit: {
        action: 'auth_issuer.created',
        target: { type: 'auth_issuer', id: issuer.id, label: issuer.issuer },
        changes: {
          issuer: [null, issuer.issuer],
          kind: [null, issuer.kind],
          jwksUrl: [null, jwksUrl],
          audiences: [null, issuer.audiences],
          provision: [null, issuer.provision],
          emailDomains: [null, issuer.emailDomains],
        },
      },
      events: [
        event({
          type: 'auth_issuer.created',
          entity: issuer.id,
          audience: 'internal',
          payload: issuerPayload(issuer),
        }),
      ],
    });
  },
});
