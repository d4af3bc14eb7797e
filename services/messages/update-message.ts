import type { TicketMessage } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { ticketMessageEdits } from '#schema/index.ts';
import { messageText } from '#schema/message-text.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { changeMessage } from './change-message.ts';
import { messageById, readableMessageOf } from './message-queries.ts';
import { messageView } from './message-view.ts';
import { permitEdit } from './permit-edit.ts';

const MOST_EDITS = 50;

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
    const body = messageText(input.body);
    if (body === message.body) return unchanged(permit, messageView(message, files));
    if (message.revision > MOST_EDITS) {
      throw new ServiceError('unprocessable', `A message is edited at most ${MOST_EDITS} times.`, {
        reason: 'limit_reached',
      });
    }
    const after = { ...message, body, bodyText: body, revision: message.revision + 1, editedAt: by.now };
    const { apiKeyId: _key, ...actor } = actorOf(by.authority);
    const before = { messageId: message.id, revision: message.revision, body: message.body };
    return changeMessage({
      type: 'message_edited',
      permit,
      inHand,
      after,
      writes: [statement(qb.insert(ticketMessageEdits).values({ ...before, ...actor, editedAt: by.now }))],
      by,
      answer: messageView(after, files),
    });
  },
});
