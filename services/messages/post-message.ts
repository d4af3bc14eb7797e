import { eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { PostedMessage, PostMessageBody } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { contacts, ticketParticipants } from '#schema/index.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { permitTicket } from '#services/access/permit.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { authorOf } from '#services/tickets/author.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { defaultStatuses, statusById } from '#services/tickets/intake-queries.ts';
import { factsOf, one, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { ticketSummary } from '#services/tickets/ticket-view.ts';
import { addMessage } from './add-message.ts';
import { messageView } from './message-view.ts';

export interface PostMessageInput extends z.output<typeof PostMessageBody> {
  ticketId: Id<'tkt'>;
}

type Posted = z.input<typeof PostedMessage>;

/**
 * Adds a message to a ticket, and with `statusId` moves the ticket in the same commit.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, `ticket_closed`, unprocessable
 *   `author_not_on_ticket`, `unknown_reference`, `status_deleted`, `ticket_full`.
 */
export const postMessage = defineVerb({
  name: 'postMessage',
  permission: ['ticket.reply_public', 'ticket.comment_internal'],

  load: ({ ticketId, as, statusId }: PostMessageInput, { now }) => ({
    ...ticketById(ticketId),
    member: memberAuthorityQuery(as !== undefined && 'principalId' in as ? as.principalId : null, now),
    contact: one(
      statement(
        qb
          .select({ id: contacts.id, name: contacts.name })
          .from(contacts)
          .where(as !== undefined && 'contactId' in as ? eq(contacts.id, as.contactId) : sql`false`),
      ),
    ),
    contactParticipants: statement(
      qb
        .select({ contactId: ticketParticipants.contactId })
        .from(ticketParticipants)
        .where(eq(ticketParticipants.ticketId, ticketId)),
    ),
    named: statusById(statusId),
    defaults: defaultStatuses(),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, input, by) {
    const { authority } = by;
    const facts = factsOf(loaded);
    const needs = input.audience === 'public' ? 'ticket.reply_public' : 'ticket.comment_internal';
    const permit = permitTicket(authority, needs, facts);
    if (input.statusId !== undefined) permitTicket(authority, 'ticket.change_status', facts);
    const before = loaded.ticket as TicketRow;
    requireEditable(before, null);
    const contactIds = [
      before.ticket.requesterContactId,
      ...loaded.contactParticipants.map(({ contactId }) => contactId),
    ];
    const author = authorOf(authority, input.as, loaded, {
      facts: facts as NonNullable<typeof facts>,
      contactIds,
      needs,
    });
    if (input.statusId !== undefined && loaded.named === undefined) {
      throw new ServiceError('unprocessable', 'There is no such status, or it was deleted.', {
        reason: 'status_deleted',
      });
    }
    return addMessage<Posted>(
      {
        permit,
        before,
        author,
        audience: input.audience,
        via: 'api',
        body: input.body,
        status: loaded.named,
        openStatus: loaded.defaults.find(({ category }) => category === 'open'),
        sla: { config: loaded.slaConfig, state: loaded.slaState },
        cause: authority.keyId === null ? 'agent' : 'api',
      },
      by,
      (message, after) => ({ message: messageView(message), ticket: ticketSummary(after) }),
    );
  },
});
