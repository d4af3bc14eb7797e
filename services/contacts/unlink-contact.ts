import type { Id } from '#schema/ids.ts';
import { linkEvent } from '#services/access/contact-link.ts';
import { notFound } from '#services/access/permit.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { linksOf } from './contact-facts.ts';
import { contactKind } from './contact-kind.ts';
import { endLinks } from './link-rule.ts';

/** Ends a link; what the rule made may come back with the next change of an address. @throws ServiceError not_found; forbidden. */
export const unlinkContact = defineVerb({
  name: 'unlinkContact',
  permission: 'org.manage',
  load: ({ id }: { id: Id<'contact'>; linkId: Id<'culink'> }) => ({
    found: recordById(contactKind, id),
    links: linksOf(id),
  }),
  decide({ found, links }, { linkId }, { authority, now }) {
    const { permit, known } = permitChange(contactKind, authority, found, null);
    const link = links.find(({ id }) => id === linkId);
    if (link === undefined) throw notFound();
    return changeRecord(contactKind, {
      permit,
      before: known,
      after: known,
      now,
      also: { ...endLinks([linkId], now), events: [linkEvent('unlinked', link)] },
      audited: { action: 'contact.unlinked', changes: { userId: [link.userId, null] } },
      answer: () => null,
    });
  },
});
