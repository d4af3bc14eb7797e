import { eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { Contact, UpsertContactBody } from '#schema/api/contacts.ts';
import { requireEmail } from '#schema/email-address.ts';
import { contacts } from '#schema/index.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues, withDefaults } from '#services/custom-fields/merge-values.ts';
import { changeRecord, labelled } from '#services/directory/change-record.ts';
import { byExternalId, first, selectRecords } from '#services/directory/record-queries.ts';
import { permitDirectory } from '#services/directory/require-record.ts';
import { revived } from '#services/directory/revived.ts';
import { change } from '#services/kernel/change.ts';
import { given } from '#services/kernel/field-changes.ts';
import { nothing, onlyIf } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { chosenPlace, organizationById, takenFrom } from './contact-facts.ts';
import { contactKind } from './contact-kind.ts';
import { editContact } from './edit-contact.ts';
import { joined, relink } from './link-rule.ts';
import { MEETING_KEYS, metOf, metQueries } from './meet-contact.ts';
import { newContact } from './new-contact.ts';

export type UpsertContactInput = z.output<typeof UpsertContactBody>;

export interface Upserted {
  created: boolean;
  contact: Contact;
}

const emailIn = ({ identifier }: UpsertContactInput): string | undefined =>
  'email' in identifier ? requireEmail(identifier.email, '/identifier/email') : undefined;

/**
 * Makes a contact or changes the one that there is: by address, or by external id, where a merged one leads to its winner. An
 * archived one comes back. Two at once make one.
 * @throws ServiceError forbidden; conflict `name_taken`; as `editContact`.
 */
export const upsertContact = defineVerb({
  name: 'upsertContact',
  permission: 'org.manage',
  retryOn: [...MEETING_KEYS, 'contacts_external_id_key'],
  load(input: UpsertContactInput) {
    const email = emailIn(input);
    const externalId = 'externalId' in input.identifier ? input.identifier.externalId : undefined;
    return {
      ...metQueries(email),
      called: first(
        selectRecords(contactKind, {
          where: externalId === undefined ? nothing : eq(contacts.id, byExternalId(contactKind, externalId)),
        }),
      ),
      calledTaken: onlyIf(externalId !== undefined, takenFrom(byExternalId(contactKind, externalId ?? ''))),
      organization: organizationById(input.onCreate.organizationId),
      newOrganization: organizationById(input.onUpdate.organizationId),
      fields: fieldDefinitions('contact'),
    };
  },
  decide(loaded, input, by) {
    const permit = permitDirectory(by.authority, 'org.manage');
    const { known: met, taken, ...facts } = metOf(loaded);
    const found = met ?? loaded.called;
    const { fields } = loaded;
    if (found === undefined) {
      const { attributes: asked = {}, organizationId, ...rest } = input.onCreate;
      const attributes = withDefaults(fields, mergeFieldValues(fields, {}, asked, '/attributes'));
      const chosen = organizationId === undefined ? undefined : chosenPlace(organizationId, loaded.organization);
      const email = emailIn(input);
      const { known, also } = newContact(
        {
          ...given(rest),
          ...('externalId' in input.identifier ? { externalId: input.identifier.externalId } : {}),
          attributes,
          ...chosen?.place,
        },
        email === undefined ? [] : [{ email, verified: false }],
        facts,
        by,
      );
      return change<Upserted>({
        permit,
        answer: { created: true, contact: contactKind.view(known) },
        ...joined([chosen?.also ?? {}, also]),
        audit: {
          action: 'contact.created',
          target: { type: 'contact', id: known.row.id, ...labelled(known.row.name) },
        },
      });
    }
    const archived = found.row.archivedAt !== null;
    const live = archived
      ? revived(
          found,
          [...taken, ...loaded.calledTaken].map(({ value }) => value),
        )
      : found;
    const { after, also } = editContact(live, input.onUpdate, { organization: loaded.newOrganization, fields });
    return changeRecord(contactKind, {
      permit,
      before: found,
      after,
      now: by.now,
      telling: archived ? 'unarchived' : 'updated',
      also: archived ? joined([also, relink(after, [], facts.people, by)]) : also,
      answer: (contact): Upserted => ({ created: false, contact: contactKind.view(contact) }),
    });
  },
});
