import type { Id } from '#schema/ids.ts';
import { notFound } from '#services/access/permit.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { withPrimary } from '#services/directory/revived.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { addressQueries, changeAddresses } from './change-addresses.ts';
import { contactKind } from './contact-kind.ts';
import { requireNamed } from './edit-contact.ts';

/**
 * Takes an address from a contact; the oldest of the others is primary then. Who was tied by it loses the contact's tickets
 * in the same commit. @throws ServiceError not_found; forbidden; conflict `merged`; invalid_request for all that names it.
 */
export const removeContactEmail = defineVerb({
  name: 'removeContactEmail',
  permission: 'org.manage',
  load: ({ id }: { id: Id<'contact'>; emailId: Id<'cmail'> }) => addressQueries(id),
  decide({ found, ...facts }, { emailId }, by) {
    const { permit, known } = permitChange(contactKind, by.authority, found, null);
    const parts = known.parts.filter(({ id }) => id !== emailId);
    if (parts.length === known.parts.length) throw notFound();
    requireNamed(known.row.name, parts.length);
    return changeAddresses(known, withPrimary(parts), facts, { permit, by, answer: () => null });
  },
});
