import type * as z from 'zod';
import { type AddContactEmailBody, type ContactEmail, MAX_EMAILS } from '#schema/api/contacts.ts';
import { requireEmail } from '#schema/email-address.ts';
import type { Id } from '#schema/ids.ts';
import { ownersOf } from '#services/directory/record-queries.ts';
import { partTaken, permitChange, tooMany } from '#services/directory/require-record.ts';
import { withPrimary } from '#services/directory/revived.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { addressQueries, changeAddresses } from './change-addresses.ts';
import { contactKind, emailView } from './contact-kind.ts';
import { newAddress } from './new-contact.ts';

export type AddContactEmailInput = z.output<typeof AddContactEmailBody> & { id: Id<'contact'> };

export interface AddedEmail {
  contactId: Id<'contact'>;
  email: ContactEmail;
}

/**
 * Gives a contact another address; the first is primary. One that it has is left as it is.
 * @throws ServiceError not_found; forbidden; conflict `merged`, `email_taken`; unprocessable `limit_reached`.
 */
export const addContactEmail = defineVerb({
  name: 'addContactEmail',
  permission: 'org.manage',
  retryOn: ['organization_domains_domain_key'],
  load(input: AddContactEmailInput) {
    const email = requireEmail(input.email, '/email');
    return { ...addressQueries(input.id, [email]), owners: ownersOf(contactKind, [email]) };
  },
  decide({ found, owners, ...facts }, input, by) {
    const { permit, known } = permitChange(contactKind, by.authority, found, null);
    const email = requireEmail(input.email, '/email');
    const same = known.parts.find(({ value }) => value === email);
    if (same !== undefined) return unchanged<AddedEmail>(permit, { contactId: input.id, email: emailView(same) });
    const [taken] = owners;
    if (taken !== undefined && known.row.archivedAt === null) throw partTaken(contactKind, taken);
    if (known.parts.length >= MAX_EMAILS) throw tooMany(`A contact has at most ${MAX_EMAILS} addresses.`);
    const added = {
      ...newAddress({ email, verified: input.verified, isPrimary: input.isPrimary }, by),
      active: known.row.archivedAt === null,
    };
    const others = input.isPrimary ? known.parts.map((part) => ({ ...part, isPrimary: false })) : known.parts;
    return changeAddresses<AddedEmail>(known, withPrimary([...others, added]), facts, {
      permit,
      by,
      answer: ({ parts }) => ({
        contactId: input.id,
        email: emailView(parts.find(({ id }) => id === added.id) ?? added),
      }),
    });
  },
});
