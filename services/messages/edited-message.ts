import { ServiceError } from '#schema/errors.ts';
import { ticketMessageEdits } from '#schema/index.ts';
import { messageText } from '#schema/message-text.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';

const MOST_EDITS = 50;

/**
 * A message with another text, and the old one kept; `undefined` where it is the same.
 * @throws ServiceError unprocessable `limit_reached`.
 */
export function editedMessage(
  message: MessageRow,
  text: string,
  { apiKeyId: _key, ...actor }: ActorRow,
  now: Date,
): { after: MessageRow; writes: Statement[] } | undefined {
  const body = messageText(text);
  if (body === message.body) return undefined;
  if (message.revision > MOST_EDITS) {
    throw new ServiceError('unprocessable', `A message is edited at most ${MOST_EDITS} times.`, {
      reason: 'limit_reached',
    });
  }
  const before = { messageId: message.id, revision: message.revision, body: message.body };
  return {
    after: { ...message, body, bodyText: body, revision: message.revision + 1, editedAt: now },
    writes: [statement(qb.insert(ticketMessageEdits).values({ ...before, ...actor, editedAt: now }))],
  };
}
