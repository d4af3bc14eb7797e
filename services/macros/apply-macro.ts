import { ServiceError } from '#schema/errors.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { changedSinceQuery } from '#services/tickets/changed-since.ts';
import { crossedReplyQuery, requireNoCrossedReply } from '#services/tickets/crossed-reply.ts';
import { requireEditable, type TicketEditInput } from '#services/tickets/edit-ticket.ts';
import { changeByMacro, loadMacro, type MacroOnTicket, type MacroPlan, planMacro } from './plan-macro.ts';

export interface ApplyMacroInput extends MacroOnTicket, TicketEditInput {
  /** The newest message that the caller has read; a later one by the customer is in the way. */
  expectMessageSeq?: number | undefined;
}

/**
 * Does to a ticket what a macro says, all of it in one commit or none: each action, and the message, under its own right.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, `new_messages`, stale_version; and as its actions,
 *   whose place in the macro the refusal names.
 */
export const applyMacro = defineVerb({
  name: 'applyMacro',
  permission: TICKET_VIEWS,
  retryOn: ['ticket_tags_name_key'],
  load: (input: ApplyMacroInput, at) => ({
    ...loadMacro(input, at),
    since: changedSinceQuery(input.ticketId, input.ifMatch),
    crossed: crossedReplyQuery(input.ticketId, input.expectMessageSeq),
  }),
  decide(loaded, input, by) {
    const plan = planMacro(loaded, input, by);
    const { before, refusals } = plan;
    // As every operation on a ticket refuses: rights first, then the ticket as it is, then what was asked.
    refuse(refusals.filter(({ error }) => error.code === 'forbidden'));
    requireEditable(before, input.ifMatch, loaded.since, by.authority);
    requireNoCrossedReply(loaded.crossed, before.ticket.messageSeq);
    refuse(refusals);
    return changeByMacro(plan, loaded, by);
  },
});

/** @throws ServiceError the first. */
function refuse([first]: MacroPlan['refusals']): void {
  if (first === undefined) return;
  const { action, error } = first;
  // Fields of the macro are none of the request.
  const { errors: _errors, ...details } = error.details;
  throw new ServiceError(error.code, error.message, {
    ...details,
    extra: { ...details.extra, ...(action === null ? {} : { action }) },
  });
}
