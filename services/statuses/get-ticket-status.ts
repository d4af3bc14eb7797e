import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { liveStatus, statusView } from './status-queries.ts';

/** Reads a status. @throws ServiceError not_found, for a deleted one too. */
export const getTicketStatus = defineRead({
  name: 'getTicketStatus',
  permission: TICKET_VIEWS,
  load: ({ statusId }: { statusId: Id<'tstat'> }) => ({ found: liveStatus(statusId) }),
  decide({ found: [status] }, _input, { authority }) {
    const permit = permitAnywhere(authority, TICKET_VIEWS);
    if (status === undefined) throw notFound();
    return unchanged(permit, statusView(status));
  },
});
