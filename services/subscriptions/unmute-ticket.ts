import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { chooseSubscription, ownSubscription } from './own-subscription.ts';

/** Ends a mute; nothing where there is none. @throws ServiceError not_found. */
export const unmuteTicket = defineVerb({
  name: 'unmuteTicket',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: { ticketId: Id<'tkt'> }, at) => ownSubscription(ticketId, at),
  decide: (loaded, _input, by) =>
    chooseSubscription(loaded, by, (present) => (present === undefined ? null : { mutedAt: null, mutedUntil: null })),
});
