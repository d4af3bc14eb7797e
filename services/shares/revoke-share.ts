import { and, eq, isNull } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { ticketShares } from '#schema/index.ts';
import { notFound, permitTicket, permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { guard, qb } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf, requireEditable } from '#services/tickets/edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { touchTicket } from '#services/tickets/touch-ticket.ts';
import { type ShareRow, shareActivity, shareEvent, sharesOf } from './share-queries.ts';

export interface RevokeShareInput {
  ticketId: Id<'tkt'>;
  shareId: Id<'tshare'>;
}

/** Ends a share; one that ended stays ended. @throws ServiceError not_found, forbidden, conflict `ticket_merged`. */
export const revokeShare = defineVerb({
  name: 'revokeShare',
  permission: 'ticket.share_cross_team',
  load: ({ ticketId }: RevokeShareInput) => ({ ...ticketById(ticketId), given: sharesOf(ticketId) }),
  decide(loaded, { shareId }, by) {
    permitTicketView(by.authority, factsOf(loaded));
    const share = loaded.given.find(({ id }) => id === shareId);
    if (share === undefined) throw notFound();
    const permit = permitTicket(by.authority, 'ticket.share_cross_team', factsOf(loaded));
    const before = loaded.ticket as TicketRow;
    requireEditable(before, null);
    if (share.revokedAt !== null) return unchanged(permit, null);
    const change = { teamId: share.teamId, before: share.level, after: null };
    return touchTicket({
      permit,
      before,
      writes: [endShare(share, by.now)],
      activity: shareActivity(before, change, causeOf(by.authority)),
      events: (reference) => [shareEvent(reference, change)],
      action: 'ticket.unshared',
      by,
      answer: null,
    });
  },
});

const endShare = ({ id, ticketId }: ShareRow, now: Date) =>
  guard(
    qb
      .update(ticketShares)
      .set({ revokedAt: now })
      .where(and(eq(ticketShares.id, id), eq(ticketShares.ticketId, ticketId), isNull(ticketShares.revokedAt)))
      .getSQL(),
    1,
    'share',
  );
