import type { Contact, MOVE_TICKETS } from '#schema/api/contacts.ts';
import type { Id } from '#schema/ids.ts';
import type { ValueOf } from '#schema/values.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { moveTickets } from '#services/directory/move-tickets.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import { organizationById } from './contact-facts.ts';
import { contactKind } from './contact-kind.ts';
import { type ContactChanges, editContact } from './edit-contact.ts';
import { joined } from './link-rule.ts';

export interface UpdateContactInput {
  id: Id<'contact'>;
  changes: ContactChanges;
  moveTickets: ValueOf<typeof MOVE_TICKETS>;
  ifMatch: VersionGuard | null;
}

/**
 * Changes a contact. Those of its tickets that have the old organisation move with it, as asked.
 * @throws ServiceError not_found; forbidden; stale_version; conflict `merged`, `name_taken`; as `editContact`.
 */
export const updateContact = defineVerb({
  name: 'updateContact',
  permission: 'org.manage',
  load: ({ id, changes }: UpdateContactInput) => ({
    found: recordById(contactKind, id),
    organization: organizationById(changes.organizationId),
    fields: fieldDefinitions('contact'),
  }),
  decide({ found, ...loaded }, input, by) {
    const { permit, known } = permitChange(contactKind, by.authority, found, input.ifMatch);
    const { after, also } = editContact(known, input.changes, loaded);
    const [from, to] = [known.row.organizationId, after.row.organizationId];
    const moved =
      from === to || input.moveTickets === 'none'
        ? {}
        : moveTickets(
            {
              column: 'organization_id',
              from,
              to,
              contactId: known.row.id,
              which: input.moveTickets,
            },
            by,
            actorOf(by.authority),
          );
    return changeRecord<typeof known.row, Contact, Contact>(contactKind, {
      permit,
      before: known,
      after,
      now: by.now,
      also: joined([also, moved]),
      answer: contactKind.view,
    });
  },
});
