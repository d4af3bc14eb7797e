import type * as z from 'zod';
import type { ContactEmail, UpdateContactEmailBody } from '#schema/api/contacts.ts';
import type { Id } from '#schema/ids.ts';
import { notFound } from '#services/access/permit.ts';
import type { Part } from '#services/directory/record-kind.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { withPrimary } from '#services/directory/revived.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { addressQueries, changeAddresses } from './change-addresses.ts';
import { contactKind, emailView } from './contact-kind.ts';

export type UpdateContactEmailInput = z.output<typeof UpdateContactEmailBody> & {
  id: Id<'contact'>;
  emailId: Id<'cmail'>;
};

/**
 * Makes an address the primary one, or vouches for it, or no longer. @throws ServiceError not_found; forbidden; conflict
 * `merged`.
 */
export const updateContactEmail = defineVerb({
  name: 'updateContactEmail',
  permission: 'org.manage',
  retryOn: ['organization_domains_domain_key'],
  load: ({ id }: UpdateContactEmailInput) => addressQueries(id),
  decide({ found, ...facts }, { emailId, isPrimary, verified }, by) {
    const { permit, known } = permitChange(contactKind, by.authority, found, null);
    const before = known.parts.find(({ id }) => id === emailId);
    if (before === undefined) throw notFound();
    const verifiedAt = verified === undefined ? before.verifiedAt : verified ? (before.verifiedAt ?? by.now) : null;
    const after: Part = { ...before, verifiedAt, isPrimary: before.isPrimary || isPrimary === true };
    const parts = known.parts.map((part) =>
      part.id === emailId ? after : { ...part, isPrimary: part.isPrimary && isPrimary !== true },
    );
    return changeAddresses<ContactEmail>(known, withPrimary(parts), facts, {
      permit,
      by,
      answer: () => emailView(after),
    });
  },
});
