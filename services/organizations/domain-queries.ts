import { normalizeDomain } from '#schema/domain-name.ts';
import { ServiceError } from '#schema/errors.ts';
import { ownersOf, textArray } from '#services/directory/record-queries.ts';
import { partTaken } from '#services/directory/require-record.ts';
import type { Loaded } from '#services/kernel/verb.ts';
import { domainFacts, requireOwnDomain } from './domain-facts.ts';
import { organizationKind } from './organization-kind.ts';

/** @throws ServiceError invalid_request naming the field. */
export function requireDomain(text: string, pointer: string): string {
  const domain = normalizeDomain(text);
  if (domain !== undefined) return domain;
  const detail = 'This names no domain.';
  throw new ServiceError('invalid_request', detail, {
    errors: [{ in: 'body', pointer, code: 'invalid_format', detail }],
  });
}

/** Whether domains may mark an organisation, and who has them. */
export const domainQueries = (domains: readonly string[]) => ({
  domainFacts: domainFacts(textArray(domains)),
  owners: ownersOf(organizationKind, domains),
});

/** @throws ServiceError conflict `domain_taken`; unprocessable `public_suffix`, `free_mail_domain`. */
export function requireFree(
  domains: readonly string[],
  { domainFacts: facts, owners: [taken] }: Loaded<ReturnType<typeof domainQueries>>,
): void {
  for (const domain of domains) requireOwnDomain(domain, facts);
  if (taken !== undefined) throw partTaken(organizationKind, taken);
}
