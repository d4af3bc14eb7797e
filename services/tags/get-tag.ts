import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { tagById, tagView } from './tag-row.ts';

/** One tag. @throws ServiceError not_found. */
export const getTicketTag = defineRead({
  name: 'getTicketTag',
  permission: TICKET_VIEWS,
  load: ({ tagId }: { tagId: Id<'ttag'> }) => ({ found: tagById(tagId) }),
  decide({ found: [tag] }, _input, { authority }) {
    const permit = permitAnywhere(authority, TICKET_VIEWS);
    if (tag === undefined) throw notFound();
    return unchanged(permit, tagView(tag));
  },
});
