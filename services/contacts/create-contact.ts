import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Contact, CreateContactBody } from '#schema/api/contacts.ts';
import { requireEmail } from '#schema/email-address.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues, withDefaults } from '#services/custom-fields/merge-values.ts';
import { labelled } from '#services/directory/change-record.ts';
import { ownersOf, textArray } from '#services/directory/record-queries.ts';
import { partTaken, permitDirectory } from '#services/directory/require-record.ts';
import { change } from '#services/kernel/change.ts';
import { given } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { addressFacts, chosenPlace, organizationById } from './contact-facts.ts';
import { contactKind } from './contact-kind.ts';
import { joined } from './link-rule.ts';
import { newContact } from './new-contact.ts';

export type CreateContactInput = z.output<typeof CreateContactBody>;

const addressesIn = ({ emails }: CreateContactInput) => [
  ...new Map(
    emails.map(({ email, verified }, i) => {
      const address = requireEmail(email, `/emails/${i}/email`);
      return [address, { email: address, verified }] as const;
    }),
  ).values(),
];

/**
 * Makes a contact, in the organisation that is named or that a proved address leads to.
 * @throws ServiceError forbidden; conflict `email_taken`, `name_taken`; unprocessable `unknown_reference`, `unknown_field`,
 *   `invalid_field`.
 */
export const createContact = defineVerb({
  name: 'createContact',
  permission: 'org.manage',
  retryOn: ['organization_domains_domain_key'],
  load(input: CreateContactInput) {
    const addresses = textArray(addressesIn(input).map(({ email }) => email));
    return {
      ...addressFacts(sql`${addresses}`),
      owners: ownersOf(
        contactKind,
        addressesIn(input).map(({ email }) => email),
      ),
      organization: organizationById(input.organizationId),
      fields: fieldDefinitions('contact'),
    };
  },
  decide({ owners, organization, fields, ...facts }, input, by) {
    const permit = permitDirectory(by.authority, 'org.manage');
    const [taken] = owners;
    if (taken !== undefined) throw partTaken(contactKind, taken);
    const { emails: _emails, attributes: asked = {}, organizationId, ...rest } = input;
    const attributes = withDefaults(fields, mergeFieldValues(fields, {}, asked, '/attributes'));
    const chosen = organizationId === undefined ? undefined : chosenPlace(organizationId, organization);
    const { known, also } = newContact({ ...given(rest), attributes, ...chosen?.place }, addressesIn(input), facts, by);
    return change<Contact>({
      permit,
      answer: contactKind.view(known),
      ...joined([chosen?.also ?? {}, also]),
      audit: {
        action: 'contact.created',
        target: { type: 'contact', id: known.row.id, ...labelled(known.row.name) },
        changes: { emails: [null, known.parts.map(({ value }) => value)] },
      },
    });
  },
});
