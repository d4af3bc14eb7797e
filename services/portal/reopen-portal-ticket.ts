import type { Id } from '#schema/ids.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { decideMove, loadMove } from './move-portal-ticket.ts';

/** Reopens a solved ticket, as its requester and within the window in which a reply would. @throws ServiceError not_found; forbidden `reply_not_allowed`; conflict `ticket_closed`. */
export const reopenPortalTicket = defineCustomerVerb({
  name: 'reopenPortalTicket',
  load: loadMove,
  decide: (loaded, _input: { ticketId: Id<'tkt'> }, by) => decideMove(loaded, 'open', by),
});
