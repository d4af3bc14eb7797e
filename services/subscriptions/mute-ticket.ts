import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { chooseSubscription, ownSubscription } from './own-subscription.ts';

export interface MuteTicketInput {
  ticketId: Id<'tkt'>;
  /** For ever when undefined. */
  until: Date | undefined;
}

/**
 * Tells the person behind the credential nothing of a ticket, whatever else would.
 * @throws ServiceError not_found, unprocessable `out_of_range` for an end that is past.
 */
export const muteTicket = defineVerb({
  name: 'muteTicket',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: MuteTicketInput, at) => ownSubscription(ticketId, at),
  decide: (loaded, { until }, by) =>
    chooseSubscription(loaded, by, (present) => {
      if (until !== undefined && until <= by.now) {
        throw new ServiceError('unprocessable', 'The end of a mute lies ahead.', { reason: 'out_of_range' });
      }
      return { mutedAt: present?.mutedAt ?? by.now, mutedUntil: until ?? null };
    }),
});
