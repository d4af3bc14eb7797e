import type { Ticket } from '#schema/api/tickets.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { factsOf, type LoadedTicket, ticketById, ticketByNumber } from './ticket-queries.ts';
import { ticketView } from './ticket-view.ts';

/** One ticket by id or by its number. @throws ServiceError not_found, the same for absent and invisible. */
export const getTicket = defineRead({
  name: 'getTicket',
  permission: TICKET_VIEWS,
  load: (input: { ticketId: Id<'tkt'> } | { number: number }) =>
    'ticketId' in input ? ticketById(input.ticketId) : ticketByNumber(input.number),
  decide(loaded: LoadedTicket, _input, { authority }) {
    const facts = factsOf(loaded);
    const permit = permitTicketView(authority, facts);
    return unchanged<Ticket>(
      permit,
      ticketView(loaded.ticket as NonNullable<typeof loaded.ticket>, authority, facts as NonNullable<typeof facts>),
    );
  },
});
