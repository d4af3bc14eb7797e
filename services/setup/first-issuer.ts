import { authIssuers } from '#schema/index.ts';
import { discoverKeys } from '#services/access/issuers/discover-keys.ts';
import { issuerPayload } from '#services/access/issuers/issuer-queries.ts';
import { requireReachable } from '#services/access/issuers/issuer-rules.ts';
import { type NewIssuer, newIssuer } from '#services/access/issuers/new-issuer.ts';
import { type Change, event } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { Outbound } from '#services/outbound/outbound.ts';

/** Where the keys of an issuer are that set-up shall trust. @throws ServiceError as `discoverKeys`. */
export async function keysOfIssuer(outbound: Outbound, issuer: NewIssuer | undefined): Promise<string | undefined> {
  if (issuer === undefined) return undefined;
  if (issuer.jwksUrl === undefined) return discoverKeys(outbound, issuer);
  requireReachable(issuer.jwksUrl, '/issuer/jwksUrl', outbound.policy);
  return issuer.jwksUrl;
}

/**
 * The issuer by which the owner comes in as a person: trusting one needs a person, and without one nobody is. Unless it is
 * said for whom it may speak, it speaks for the owner's domain.
 */
export function trustIssuer(
  issuer: NewIssuer | undefined,
  jwksUrl: string | undefined,
  ownerEmail: string,
  by: Pick<Deciding, 'ids' | 'now'>,
): Pick<Change<unknown>, 'roots' | 'events'> {
  if (issuer === undefined || jwksUrl === undefined) return { roots: [], events: [] };
  const domain = ownerEmail.slice(ownerEmail.lastIndexOf('@') + 1);
  const emailDomains = issuer.emailDomains.length === 0 ? [domain] : issuer.emailDomains;
  const row = newIssuer({ ...issuer, emailDomains }, jwksUrl, by);
  return {
    roots: [{ kind: 'insert', table: authIssuers, row }],
    events: [event({ type: 'auth_issuer.created', entity: row.id, audience: 'internal', payload: issuerPayload(row) })],
  };
}
