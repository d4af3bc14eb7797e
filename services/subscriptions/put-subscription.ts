import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { chooseSubscription, flagColumns, type NotifyFlags, ownSubscription } from './own-subscription.ts';

export interface PutSubscriptionInput {
  ticketId: Id<'tkt'>;
  /** Absent keeps. */
  notify: NotifyFlags;
}

/** Follows a ticket by one's own choice, which ends a mute. @throws ServiceError not_found. */
export const putSubscription = defineVerb({
  name: 'putSubscription',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: PutSubscriptionInput, at) => ownSubscription(ticketId, at),
  decide: (loaded, { notify }, by) =>
    chooseSubscription(loaded, by, () => ({
      ...flagColumns(notify),
      source: 'manual',
      mutedAt: null,
      mutedUntil: null,
      unsubscribedAt: null,
    })),
});
