import type { PortalMessage } from '#schema/api/portal.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import { changeMessage } from '#services/messages/change-message.ts';
import { editedMessage } from '#services/messages/edited-message.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { loadOwnMessage, type OwnMessageInput, requireOwnMessage } from './own-message.ts';
import { portalMessage } from './portal-view.ts';
import { actorOf } from './run-customer-verb.ts';

/** Gives one's own message another text. @throws ServiceError as `requireOwnMessage`; unprocessable `limit_reached`. */
export const editPortalMessage = defineCustomerVerb({
  name: 'editPortalMessage',
  load: (input: OwnMessageInput & { body: string }, at) => loadOwnMessage(input, at),
  decide(loaded, input, by): Decision<PortalMessage> {
    const { permit, inHand } = requireOwnMessage(loaded, by.customer, by.now);
    const files = loaded.found?.files ?? [];
    const shown = (message: typeof inHand.message) =>
      portalMessage({ message, files }, { customer: by.customer, settings: loaded.settings });
    const edit = editedMessage(inHand.message, input.body, actorOf(by.customer), by.now);
    if (edit === undefined) return unchanged(permit, shown(inHand.message));
    return changeMessage({
      type: 'message_edited',
      permit,
      inHand,
      ...edit,
      cause: 'customer',
      by,
      answer: shown(edit.after),
    });
  },
});
