import { ServiceError } from '#schema/errors.ts';
import { changeMessage } from '#services/messages/change-message.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { loadOwnMessage, type OwnMessageInput, requireOwnMessage } from './own-message.ts';

/** Takes one's own message back. @throws ServiceError as `requireOwnMessage`; conflict `opening_message`. */
export const deletePortalMessage = defineCustomerVerb({
  name: 'deletePortalMessage',
  load: (input: OwnMessageInput, at) => loadOwnMessage(input, at),
  decide(loaded, _input, by) {
    const { permit, inHand } = requireOwnMessage(loaded, by.customer, by.now);
    const { message } = inHand;
    if (message.isOpening)
      throw new ServiceError('conflict', 'The first message goes with its request.', { reason: 'opening_message' });
    const after = { ...message, revision: message.revision + 1, deletedAt: by.now };
    return changeMessage({ type: 'message_deleted', permit, inHand, after, cause: 'customer', by, answer: null });
  },
});
