import { fold } from '#schema/fold.ts';
import { type Id, type IdSource, newId } from '#schema/ids.ts';
import { contactEmails, contacts } from '#schema/index.ts';
import { type EventDraft, event, type RootWrite } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export interface NewContact {
  id: Id<'contact'>;
  root: RootWrite;
  writes: Statement[];
  event: EventDraft;
}

/** A contact met for the first time by an address. Two at once meet in the unique address and decide again. */
export function newContact(
  ids: IdSource,
  input: { email: string; name: string | null; verified: boolean; now: Date },
): NewContact {
  const { email, name, now } = input;
  const id = newId(ids, 'contact');
  const row = {
    id,
    name,
    sortName: fold(name ?? email),
    searchText: fold([name, email, email.split('@')[1]].filter(Boolean).join(' ')),
    createdAt: now,
    updatedAt: now,
  };
  const address = {
    id: newId(ids, 'cmail'),
    contactId: id,
    email,
    isPrimary: true,
    verifiedAt: input.verified ? now : null,
    createdAt: now,
  };
  return {
    id,
    root: { kind: 'insert', table: contacts, row },
    writes: [statement(qb.insert(contactEmails).values(address))],
    event: event({
      type: 'contact.created',
      entity: id,
      audience: 'internal',
      payload: { contactId: id, name, emails: [email], externalId: null, organizationId: null },
    }),
  };
}
