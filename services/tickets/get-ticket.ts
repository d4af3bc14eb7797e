import type { Ticket } from '#schema/api/tickets.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { type LaterEntry, laterEntries, type Moment, type PastNames, pastNames, ticketAsOf } from './as-of.ts';
import { factsOf, none, type TicketRow, ticketById, ticketByNumber } from './ticket-queries.ts';
import { ticketView } from './ticket-view.ts';

export type GetTicketInput = { ticketId: Id<'tkt'>; asOf?: Moment | undefined } | { number: number };

/**
 * One ticket by id or by its number; as it was at a moment, under the rights of today.
 * @throws ServiceError not_found, the same for absent and invisible; unprocessable `history_too_long`.
 */
export const getTicket = defineRead({
  name: 'getTicket',
  permission: TICKET_VIEWS,
  load: (input: GetTicketInput) => ({
    ...('ticketId' in input ? ticketById(input.ticketId) : ticketByNumber(input.number)),
    later: 'ticketId' in input ? laterEntries(input.ticketId, input.asOf) : none<LaterEntry>(),
    names: 'ticketId' in input ? pastNames(input.ticketId, input.asOf) : none<PastNames[number]>(),
  }),
  decide(loaded, input, { authority }) {
    const facts = factsOf(loaded);
    const permit = permitTicketView(authority, facts);
    const present = loaded.ticket as TicketRow;
    const row =
      'ticketId' in input && input.asOf !== undefined
        ? ticketAsOf(present, loaded.later, input.asOf, loaded.names)
        : present;
    return unchanged<Ticket>(permit, ticketView(row, authority, facts as NonNullable<typeof facts>));
  },
});
