import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { chooseSubscription, ownSubscription } from './own-subscription.ts';

/** Follows a ticket no more; kept as a choice, so that nothing but an assignment begins it anew. @throws ServiceError not_found. */
export const endSubscription = defineVerb({
  name: 'endSubscription',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: { ticketId: Id<'tkt'> }, at) => ownSubscription(ticketId, at),
  decide: (loaded, _input, by) =>
    chooseSubscription(loaded, by, (present) => ({ unsubscribedAt: present?.unsubscribedAt ?? by.now })),
});
