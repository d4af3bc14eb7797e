import type * as z from 'zod';
import { type AddOrganizationDomainBody, MAX_DOMAINS, type OrganizationDomain } from '#schema/api/organizations.ts';
import { type Id, newId } from '#schema/ids.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitChange, tooMany } from '#services/directory/require-record.ts';
import { withPrimary } from '#services/directory/revived.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { attachContacts } from './attach-contacts.ts';
import { domainQueries, requireDomain, requireFree } from './domain-queries.ts';
import { domainView, organizationKind } from './organization-kind.ts';

export type AddOrganizationDomainInput = z.output<typeof AddOrganizationDomainBody> & { id: Id<'org'> };

export interface AddedDomain {
  organizationId: Id<'org'>;
  domain: OrganizationDomain;
}

/**
 * Gives an organisation a domain; the first is primary. One that it has is left as it is.
 * @throws ServiceError not_found; forbidden; conflict `merged`, `domain_taken`; unprocessable `public_suffix`,
 *   `free_mail_domain`, `limit_reached`.
 */
export const addOrganizationDomain = defineVerb({
  name: 'addOrganizationDomain',
  permission: 'org.manage',
  load: (input: AddOrganizationDomainInput) => ({
    found: recordById(organizationKind, input.id),
    ...domainQueries([requireDomain(input.domain, '/domain')]),
  }),
  decide({ found, ...loaded }, input, { authority, ids, now }) {
    const { permit, known } = permitChange(organizationKind, authority, found, null);
    const domain = requireDomain(input.domain, '/domain');
    const same = known.parts.find(({ value }) => value === domain);
    if (same !== undefined)
      return unchanged<AddedDomain>(permit, { organizationId: input.id, domain: domainView(same) });
    requireFree([domain], loaded);
    if (known.parts.length >= MAX_DOMAINS) throw tooMany(`An organisation has at most ${MAX_DOMAINS} domains.`);
    const active = known.row.archivedAt === null;
    const added = {
      id: newId(ids, 'odom'),
      value: domain,
      isPrimary: input.isPrimary,
      active,
      verifiedAt: null,
      createdAt: now,
    };
    const others = input.isPrimary ? known.parts.map((part) => ({ ...part, isPrimary: false })) : known.parts;
    return changeRecord(organizationKind, {
      permit,
      before: known,
      after: { row: known.row, parts: withPrimary([...others, added]) },
      now,
      also:
        input.attachContacts && active
          ? attachContacts({ organizationId: known.row.id, domain }, { now, ids }, actorOf(authority))
          : {},
      answer: ({ parts }): AddedDomain => ({
        organizationId: input.id,
        domain: domainView(parts.find(({ id }) => id === added.id) ?? added),
      }),
    });
  },
});
