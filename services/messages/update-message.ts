import type { TicketMessage } from '#schema/api/tickets.ts';
import type { Id } from '#schema/ids.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf } from '#services/tickets/edit-ticket.ts';
import { changeMessage } from './change-message.ts';
import { editedMessage } from './edited-message.ts';
import { messageById, readableMessageOf } from './message-queries.ts';
import { messageView } from './message-view.ts';
import { permitEdit } from './permit-edit.ts';

/**
 * Gives a message another text; the old one is kept for whoever reads the message.
 * @throws ServiceError not_found, forbidden `not_author`, `edit_window_over`, conflict `ticket_merged`, unprocessable
 *   `limit_reached`.
 */
export const updateMessage = defineVerb({
  name: 'updateMessage',
  permission: ['ticket.reply_public', 'ticket.comment_internal'],
  load: ({ ticketId, messageId }: { ticketId: Id<'tkt'>; messageId: Id<'tmsg'>; body: string }) =>
    messageById(ticketId, messageId),
  decide(loaded, input, by): Decision<TicketMessage> {
    const inHand = readableMessageOf(loaded, by.authority);
    const { message, files } = inHand;
    const permit = permitEdit(by.authority, inHand, by.now);
    const edit = editedMessage(message, input.body, actorOf(by.authority), by.now);
    if (edit === undefined) return unchanged(permit, messageView(message, files));
    return changeMessage({
      type: 'message_edited',
      permit,
      inHand,
      ...edit,
      cause: causeOf(by.authority),
      by,
      answer: messageView(edit.after, files),
    });
  },
});
