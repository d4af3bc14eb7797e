import type { Share } from '#schema/api/ticket-people.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { wholePage } from '#services/kernel/cursor.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { factsOf, ticketById } from '#services/tickets/ticket-queries.ts';
import { sharesOf, shareView } from './share-queries.ts';

/** With which teams a ticket is shared now; all of them, at most 20. */
export const listShares = defineRead({
  name: 'listShares',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: { ticketId: Id<'tkt'> }) => ({ ...ticketById(ticketId), found: sharesOf(ticketId) }),
  decide: (loaded, _input, { authority }) =>
    unchanged(
      permitTicketView(authority, factsOf(loaded)),
      wholePage<Share>(loaded.found.filter(({ revokedAt }) => revokedAt === null).map(shareView)),
    ),
});
