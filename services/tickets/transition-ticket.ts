import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { permitTicket } from '#services/access/permit.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { causeOf, editTicket, requireEditable, type TicketEditInput } from './edit-ticket.ts';
import { defaultStatuses, statusById } from './intake-queries.ts';
import { type StatusCategory, statusMove } from './status-machine.ts';
import { factsOf, type TicketRow, ticketById } from './ticket-queries.ts';

export interface TransitionTicketInput extends TicketEditInput {
  to: { statusId: Id<'tstat'> } | { category: StatusCategory };
}

/**
 * Moves a ticket to a status, or to the default of a category. Any category may follow any.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, stale_version, unprocessable `status_deleted`.
 */
export const transitionTicket = defineVerb({
  name: 'transitionTicket',
  permission: 'ticket.change_status',

  load: ({ ticketId, to }: TransitionTicketInput) => ({
    ...ticketById(ticketId),
    named: statusById('statusId' in to ? to.statusId : undefined),
    defaults: defaultStatuses(),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, { to, ifMatch }, by) {
    const facts = factsOf(loaded);
    const permit = permitTicket(by.authority, 'ticket.change_status', facts);
    const before = loaded.ticket as TicketRow;
    requireEditable(before, ifMatch);
    const status = 'category' in to ? loaded.defaults.find(({ category }) => category === to.category) : loaded.named;
    if (status === undefined) {
      throw new ServiceError('unprocessable', 'There is no such status, or it was deleted.', {
        reason: 'status_deleted',
      });
    }
    const after: TicketRow = {
      ...before,
      ticket: { ...before.ticket, ...statusMove(before.ticket, status, by.now), lastPublicAt: by.now },
      status: { name: status.name, publicLabel: status.publicLabel },
    };
    return editTicket({
      permit,
      before,
      after,
      facts: facts as NonNullable<typeof facts>,
      cause: causeOf(by.authority),
      slaCause: 'status',
      sla: { config: loaded.slaConfig, state: loaded.slaState },
      action: 'ticket.status_changed',
      by,
    });
  },
});
