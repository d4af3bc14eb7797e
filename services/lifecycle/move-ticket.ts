import type * as z from 'zod';
import type { TransitionMessage } from '#schema/api/ticket-life.ts';
import type { Ticket } from '#schema/api/tickets.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { permitTicket } from '#services/access/permit.ts';
import type { Decision } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { addMessage } from '#services/messages/add-message.ts';
import { authorOf, spokenFor } from '#services/tickets/author.ts';
import { causeOf } from '#services/tickets/edit-ticket.ts';
import { ticketView } from '#services/tickets/ticket-view.ts';
import { checkTransition, type TransitionTicketInput, transitionTicket } from '#services/tickets/transition-ticket.ts';

export interface MoveTicketInput extends TransitionTicketInput {
  message?: z.output<typeof TransitionMessage> | undefined;
}

/**
 * Moves a ticket as `transitionTicket` does, and says something with it in the same commit.
 * @throws ServiceError as `transitionTicket` and `postMessage`.
 */
export const moveTicket = defineVerb({
  name: 'transitionTicket',
  permission: 'ticket.change_status',

  load: (input: MoveTicketInput, at) => ({
    ...transitionTicket.load(input, at),
    member: memberAuthorityQuery(input.message?.as?.principalId, at.now),
  }),

  decide(loaded, input, by): Decision<Ticket> {
    const { message } = input;
    if (message === undefined) return transitionTicket.decide(loaded, input, by, undefined);
    const { authority } = by;
    const { permit, facts, before, status, wakeAt } = checkTransition(loaded, input, by);
    const needs = message.audience === 'public' ? 'ticket.reply_public' : 'ticket.comment_internal';
    permitTicket(authority, needs, facts);
    const speaker = { member: loaded.member, contact: undefined };
    const moved = addMessage<Ticket>(
      {
        permit,
        before,
        author: authorOf(authority, message.as, speaker, { facts, contactIds: [], needs }),
        audience: message.audience,
        via: 'api',
        body: message.body,
        status,
        wakeAt,
        openStatus: undefined,
        sla: { config: loaded.slaConfig, state: loaded.slaState },
        cause: causeOf(authority),
      },
      by,
      (_message, after) => ticketView(after, authority, facts),
    );
    return spokenFor(message.as, moved);
  },
});
