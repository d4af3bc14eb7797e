import type { OrganizationDomain } from '#schema/api/organizations.ts';
import type { Id } from '#schema/ids.ts';
import { notFound } from '#services/access/permit.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { withPrimary } from '#services/directory/revived.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { domainView, organizationKind } from './organization-kind.ts';

export interface OrganizationDomainInput {
  id: Id<'org'>;
  domainId: Id<'odom'>;
}

/** Makes a domain the primary one. @throws ServiceError not_found; forbidden; conflict `merged`. */
export const updateOrganizationDomain = defineVerb({
  name: 'updateOrganizationDomain',
  permission: 'org.manage',
  load: ({ id }: OrganizationDomainInput) => ({ found: recordById(organizationKind, id) }),
  decide({ found }, { domainId }, { authority, now }) {
    const { permit, known } = permitChange(organizationKind, authority, found, null);
    const before = known.parts.find(({ id }) => id === domainId);
    if (before === undefined) throw notFound();
    return changeRecord(organizationKind, {
      permit,
      before: known,
      after: {
        row: known.row,
        parts: withPrimary(known.parts.map((part) => ({ ...part, isPrimary: part.id === domainId }))),
      },
      now,
      answer: (): OrganizationDomain => domainView({ ...before, isPrimary: true }),
    });
  },
});
