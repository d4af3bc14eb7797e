import type { Id } from '#schema/ids.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitRecord } from '#services/directory/require-record.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { linksOf } from './contact-facts.ts';
import { contactKind } from './contact-kind.ts';
import { linkView } from './link-view.ts';

/** The logins of a contact. @throws ServiceError not_found. */
export const listContactLinks = defineRead({
  name: 'listContactLinks',
  permission: 'org.view',
  load: ({ id }: { id: Id<'contact'> }) => ({ found: recordById(contactKind, id), links: linksOf(id) }),
  decide({ found, links }, _input, { authority }) {
    const { permit } = permitRecord(authority, 'org.view', found);
    return unchanged(permit, {
      data: links.map((link) => linkView(link, authority)),
      page: { next: null, hasMore: false },
    });
  },
});
