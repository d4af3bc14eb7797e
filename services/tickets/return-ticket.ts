import { permitTicket } from '#services/access/permit.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from './changed-since.ts';
import { causeOf, editTicket, requireEditable, type TicketEditInput } from './edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from './ticket-queries.ts';

/**
 * Gives a ticket back to its queue: one's own, or another's with `ticket.assign_any`. The assigned team stays.
 * @throws ServiceError not_found, forbidden, stale_version, conflict `ticket_merged`.
 */
export const returnTicket = defineVerb({
  name: 'returnTicket',
  permission: ['ticket.assign_self', 'ticket.assign_any'],

  load: ({ ticketId, ifMatch }: TicketEditInput) => ({
    ...ticketById(ticketId),
    since: changedSinceQuery(ticketId, ifMatch),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, { ifMatch }, by) {
    const facts = factsOf(loaded);
    const holder = facts?.assigneePrincipalId ?? null;
    const others = holder !== null && !by.authority.me.includes(holder);
    const permit = permitTicket(by.authority, others ? 'ticket.assign_any' : 'ticket.assign_self', facts);
    const before = loaded.ticket as TicketRow;
    requireEditable(before, ifMatch, loaded.since, by.authority);
    return editTicket({
      permit,
      before,
      after: { ...before, ticket: { ...before.ticket, assigneePrincipalId: null }, assigneeName: null },
      facts: facts as NonNullable<typeof facts>,
      cause: causeOf(by.authority),
      slaCause: 'fields',
      sla: { config: loaded.slaConfig, state: loaded.slaState },
      action: 'ticket.assigned',
      by,
    });
  },
});
