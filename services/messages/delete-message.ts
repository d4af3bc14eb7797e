import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { ticketDenial } from '#services/access/can.ts';
import { permitTicket } from '#services/access/permit.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf, requireEditable } from '#services/tickets/edit-ticket.ts';
import { changeMessage } from './change-message.ts';
import { messageById, readableMessageOf } from './message-queries.ts';
import { permitEdit, wrote } from './permit-edit.ts';

/**
 * Deletes a message, which leaves a tombstone: its author as long as they may edit it, others with `ticket.delete`.
 * @throws ServiceError not_found, forbidden `edit_window_over`, conflict `ticket_merged`, `opening_message`.
 */
export const deleteMessage = defineVerb({
  name: 'deleteMessage',
  permission: ['ticket.reply_public', 'ticket.comment_internal', 'ticket.delete'],
  load: ({ ticketId, messageId }: { ticketId: Id<'tkt'>; messageId: Id<'tmsg'> }) => messageById(ticketId, messageId),
  decide(loaded, _input, by) {
    const inHand = readableMessageOf(loaded, by.authority);
    const { message, before, facts } = inHand;
    const byRight = ticketDenial(by.authority, 'ticket.delete', facts) === undefined;
    const permit =
      byRight || !wrote(inHand, by.authority)
        ? permitTicket(by.authority, 'ticket.delete', facts)
        : permitEdit(by.authority, inHand, by.now);
    requireEditable(before, null);
    if (message.isOpening) {
      throw new ServiceError('conflict', 'The opening message goes with its ticket.', { reason: 'opening_message' });
    }
    return changeMessage({
      type: 'message_deleted',
      permit,
      inHand,
      after: { ...message, revision: message.revision + 1, deletedAt: by.now },
      cause: causeOf(by.authority),
      by,
      answer: null,
    });
  },
});
