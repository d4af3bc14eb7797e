import { eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { PostedMessage, PostMessageBody } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { contacts, ticketParticipants } from '#schema/index.ts';
import { ticketDenial } from '#services/access/can.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { permitTicket } from '#services/access/permit.ts';
import { stagedFiles, stagedQueries } from '#services/files/attach-files.ts';
import { eventFile } from '#services/files/file-row.ts';
import { nothing, onlyIf, qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { authorOf, spokenFor } from '#services/tickets/author.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { statusById } from '#services/tickets/intake-queries.ts';
import { requiredOnSolve, requireSolvable } from '#services/tickets/required-on-solve.ts';
import { factsOf, one, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { ticketSummary } from '#services/tickets/ticket-view.ts';
import { addMessage } from './add-message.ts';
import { messageView } from './message-view.ts';
import { postingNeeds, requireTeamOf } from './permit-edit.ts';
import { replyAsCustomer } from './reply-as-customer.ts';
import { noReplyQueries, replyQueries } from './reply-queries.ts';

export interface PostMessageInput extends z.output<typeof PostMessageBody> {
  ticketId: Id<'tkt'>;
}

type Posted = z.input<typeof PostedMessage>;

const repliesOf = (ticketId: Id<'tkt'>, contact: { contactId: Id<'contact'> } | null) =>
  contact === null ? noReplyQueries() : replyQueries(ticketId, contact);

/** The contact for whom a program speaks. */
const speaker = ({ as }: Pick<PostMessageInput, 'as'>): { contactId: Id<'contact'> } | null =>
  as !== undefined && 'contactId' in as ? as : null;

/**
 * Adds a message to a ticket, and with `statusId` moves the ticket in the same commit. A customer's reply on a ticket that
 * is over may end on its follow-up, which the answer then names.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, `ticket_closed`, `attachment_used`, unprocessable
 *   `author_not_on_ticket`, `unknown_reference`, `status_deleted`, `missing_fields`, `ticket_full`, `team_not_on_ticket`, `too_many_files`.
 */
export const postMessage = defineVerb({
  name: 'postMessage',
  permission: ['ticket.reply_public', 'ticket.comment_internal'],

  drawsFor: (input: PostMessageInput) => speaker(input) !== null,
  load: ({ ticketId, as, statusId, attachmentIds = [] }: PostMessageInput, { now }) => ({
    ...ticketById(ticketId),
    member: memberAuthorityQuery(as !== undefined && 'principalId' in as ? as.principalId : null, now),
    contact: one(
      statement(
        qb
          .select({ id: contacts.id, name: contacts.name })
          .from(contacts)
          .where(as !== undefined && 'contactId' in as ? eq(contacts.id, as.contactId) : nothing),
      ),
    ),
    contactParticipants: statement(
      qb
        .select({ contactId: ticketParticipants.contactId })
        .from(ticketParticipants)
        .where(speaker({ as }) === null ? nothing : eq(ticketParticipants.ticketId, ticketId)),
    ),
    named: statusById(statusId),
    required: onlyIf(statusId !== undefined, requiredOnSolve()),
    ...repliesOf(ticketId, speaker({ as })),
    ...stagedQueries(attachmentIds, ticketId),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, input, by) {
    const { authority } = by;
    const { ticketId } = input;
    const facts = factsOf(loaded);
    const needs = postingNeeds(input.audience);
    const permit = permitTicket(authority, needs, facts);
    if (input.statusId !== undefined) permitTicket(authority, 'ticket.change_status', facts);
    const before = loaded.ticket as TicketRow;
    const replies = speaker(input) !== null && input.audience === 'public' && input.statusId === undefined;
    if (!replies) requireEditable(before, null);
    const contactIds = [
      before.ticket.requesterContactId,
      ...loaded.contactParticipants.map(({ contactId }) => contactId),
    ];
    const author = authorOf(authority, input.as, loaded, {
      facts: facts as NonNullable<typeof facts>,
      contactIds,
      needs,
    });
    const files = stagedFiles(input.attachmentIds ?? [], loaded, authority.principalId, by.now);
    if (replies) {
      const replied = replyAsCustomer<Posted>(
        {
          permit,
          asked: ticketId,
          loaded,
          author,
          via: 'api',
          body: input.body,
          files,
          mayWrite: (ticket) => ticketDenial(authority, needs, ticket) === undefined,
          createdByPrincipalId: authority.principalId,
        },
        by,
        ({ message, after, followUpOf }) => ({
          message: messageView(message, files.map(eventFile)),
          ticket: ticketSummary(after, authority),
          followUpOf,
        }),
      );
      return spokenFor(input.as, replied);
    }
    if (input.statusId !== undefined && loaded.named === undefined) {
      throw new ServiceError('unprocessable', 'There is no such status, or it was deleted.', {
        reason: 'status_deleted',
      });
    }
    if (input.sharedTeamId !== undefined) requireTeamOf(input.sharedTeamId, loaded.member ?? authority, facts);
    if (loaded.named !== undefined && author.kind !== 'customer')
      requireSolvable(before, loaded.named, loaded.required);
    const added = addMessage<Posted>(
      {
        permit,
        before,
        author,
        audience: input.audience,
        sharedTeamId: input.sharedTeamId ?? null,
        files,
        via: 'api',
        body: input.body,
        status: loaded.named,
        openStatus: undefined,
        sla: { config: loaded.slaConfig, state: loaded.slaState },
        cause: authority.keyId === null ? 'agent' : 'api',
      },
      by,
      (message, after) => ({
        message: messageView(message, files.map(eventFile)),
        ticket: ticketSummary(after, authority),
        followUpOf: null,
      }),
    );
    return spokenFor(input.as, added);
  },
});
