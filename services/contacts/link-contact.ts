import { sql } from 'drizzle-orm';
import type { ContactLink } from '#schema/api/contacts.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { unchanged } from '#services/kernel/change.ts';
import { rows } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { contactKind } from './contact-kind.ts';
import { linksWhere, peopleWhere, startLink } from './link-rule.ts';
import { linkView } from './link-view.ts';

/**
 * Ties a login to a contact by hand; only one whose address is proved, and that is nobody else's. Again changes nothing.
 * @throws ServiceError not_found; forbidden; conflict `merged`, `user_already_linked`; unprocessable `unknown_reference`,
 *   `user_not_verified`.
 */
export const linkContact = defineVerb({
  name: 'linkContact',
  permission: 'org.manage',
  load: ({ id, userId }: { id: Id<'contact'>; userId: Id<'user'> }) => ({
    found: recordById(contactKind, id),
    person: peopleWhere(sql`u.id = ${idToUuid(userId)}::uuid`),
    links: linksWhere(sql`l.user_id = ${idToUuid(userId)}::uuid`),
    exists: rows(sql`select 1 as found from "user" where id = ${idToUuid(userId)}::uuid`),
  }),
  decide({ found, person: [person], links: [link], exists }, { userId }, { authority, now, ids }) {
    const { permit, known } = permitChange(contactKind, authority, found, null);
    if (exists.length === 0) throw unknownReference('/userId');
    if (person === undefined) {
      throw new ServiceError('unprocessable', 'This login has proved no address.', { reason: 'user_not_verified' });
    }
    if (link?.contactId === known.row.id) return unchanged<ContactLink>(permit, linkView(link, authority));
    if (link !== undefined) {
      throw new ServiceError('conflict', 'This login is tied to another contact.', {
        reason: 'user_already_linked',
        extra: { by: link.contactId },
      });
    }
    const id = newId(ids, 'culink');
    const source = 'manual';
    const contactId = known.row.id;
    return changeRecord(contactKind, {
      permit,
      before: known,
      after: known,
      now,
      also: startLink({ person, contactId, source }, { now, ids }, actorOf(authority), id),
      audited: { action: 'contact.linked', changes: { userId: [null, userId] } },
      answer: () => linkView({ ...person, id, contactId, source, linkedAt: now.toISOString() }, authority),
    });
  },
});
