import type * as z from 'zod';
import type { CreateAuthIssuerBody } from '#schema/api/auth-issuers.ts';
import { newId } from '#schema/ids.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { IssuerRow } from './issuer-queries.ts';

export type NewIssuer = z.output<typeof CreateAuthIssuerBody>;

/** The row of an issuer that comes to be trusted, its keys found. */
export const newIssuer = (
  input: NewIssuer,
  jwksUrl: string,
  { ids, now }: Pick<Deciding, 'ids' | 'now'>,
): IssuerRow => ({
  id: newId(ids, 'iss'),
  issuer: input.issuer,
  kind: input.kind,
  jwksUrl,
  audiences: [...new Set(input.audiences)],
  algorithms: [...new Set(input.algorithms)],
  maxTokenAgeSeconds: input.maxTokenAgeSeconds,
  provision: input.provision,
  emailDomains: [...new Set(input.emailDomains)],
  scopeClaim: input.scopeClaim,
  sync: input.sync,
  rulesVersion: 1,
  disabledAt: null,
  createdAt: now,
  updatedAt: now,
  version: 1,
  revision: 1,
  eventSeq: 0,
});
