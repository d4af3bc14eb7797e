import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { factsOf } from '#services/tickets/ticket-queries.ts';
import { ownSubscription, subscriptionView } from './own-subscription.ts';

/** What the person behind the credential chose for a ticket. @throws ServiceError not_found. */
export const getSubscription = defineRead({
  name: 'getSubscription',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: { ticketId: Id<'tkt'> }, at) => ownSubscription(ticketId, at),
  decide: (loaded, { ticketId }, { authority }) =>
    unchanged(permitTicketView(authority, factsOf(loaded)), subscriptionView(ticketId, loaded.found[0])),
});
