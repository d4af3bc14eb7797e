import { type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { RedactMessageBody } from '#schema/api/messages.ts';
import type { TicketMessage } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { permitTicket } from '#services/access/permit.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf, requireEditable } from '#services/tickets/edit-ticket.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';
import { changeMessage } from './change-message.ts';
import { messageById, readableMessageOf } from './message-queries.ts';
import { messageView } from './message-view.ts';
import { REDACTED, redactText } from './redact-text.ts';

export interface RedactMessageInput extends z.output<typeof RedactMessageBody> {
  ticketId: Id<'tkt'>;
  messageId: Id<'tmsg'>;
}

/**
 * Takes words out of a message for good: from its text, from earlier texts, from search, and from what was told of it.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, stale_version, invalid_request.
 */
export const redactMessage = defineVerb({
  name: 'redactMessage',
  permission: 'ticket.delete',
  load: ({ ticketId, messageId }: RedactMessageInput) => messageById(ticketId, messageId),
  decide(loaded, { spans, revision }, by): Decision<TicketMessage> {
    const inHand = readableMessageOf(loaded, by.authority);
    const { message, before, facts, files } = inHand;
    const permit = permitTicket(by.authority, 'ticket.delete', facts);
    requireEditable(before, null);
    if (revision !== undefined && revision !== message.revision) {
      throw new ServiceError('stale_version', 'The message has been changed since you read it.', {
        extra: { current: messageView(message, files) },
      });
    }
    if (spans === undefined && message.body === '' && message.redactedAt !== null)
      return unchanged(permit, messageView(message, files));
    const { text, taken } = spans === undefined ? { text: '', taken: null } : redactText(message.body, spans);
    const after = { ...message, body: text, bodyText: text, revision: message.revision + 1, redactedAt: by.now };
    return changeMessage({
      type: 'message_redacted',
      permit,
      inHand,
      after,
      writes: [redactEdits(message, taken)],
      cause: causeOf(by.authority),
      by,
      answer: messageView(after, files),
    });
  },
});

/** The same words in earlier texts, where their places are not known; all of those texts when all of the message goes. */
function redactEdits({ id }: MessageRow, taken: readonly string[] | null): Statement {
  const body =
    taken === null
      ? sql`''`
      : taken.reduce<SQL>((text, words) => sql`replace(${text}, ${words}, ${REDACTED})`, sql`body`);
  return run(sql`update ticket_message_edits set body = ${body} where message_id = ${idToUuid(id)}::uuid`);
}
