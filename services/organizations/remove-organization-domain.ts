import { notFound } from '#services/access/permit.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { withPrimary } from '#services/directory/revived.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { organizationKind } from './organization-kind.ts';
import type { OrganizationDomainInput } from './update-organization-domain.ts';

/**
 * Takes a domain from an organisation; the oldest of the others is primary then. Its people stay.
 * @throws ServiceError not_found; forbidden; conflict `merged`.
 */
export const removeOrganizationDomain = defineVerb({
  name: 'removeOrganizationDomain',
  permission: 'org.manage',
  load: ({ id }: OrganizationDomainInput) => ({ found: recordById(organizationKind, id) }),
  decide({ found }, { domainId }, { authority, now }) {
    const { permit, known } = permitChange(organizationKind, authority, found, null);
    const parts = known.parts.filter(({ id }) => id !== domainId);
    if (parts.length === known.parts.length) throw notFound();
    return changeRecord(organizationKind, {
      permit,
      before: known,
      after: { row: known.row, parts: withPrimary(parts) },
      now,
      answer: () => null,
    });
  },
});
