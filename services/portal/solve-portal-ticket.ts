import type { Id } from '#schema/ids.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { decideMove, loadMove } from './move-portal-ticket.ts';

/** Solves a ticket, as its requester. @throws ServiceError not_found; forbidden `reply_not_allowed`; conflict `ticket_closed`. */
export const solvePortalTicket = defineCustomerVerb({
  name: 'solvePortalTicket',
  load: loadMove,
  decide: (loaded, _input: { ticketId: Id<'tkt'> }, by) => decideMove(loaded, 'solved', by),
});
