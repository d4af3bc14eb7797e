import { and, eq } from 'drizzle-orm';
import type { PortalTicket } from '#schema/api/portal.ts';
import { type Id, newId } from '#schema/ids.ts';
import { ticketRatings, tickets } from '#schema/index.ts';
import { notFound, permitCustomer } from '#services/access/permit.ts';
import { isChange, unchanged } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { RATING_DAYS } from '#services/ratings/ask-ratings.ts';
import { type RatingRow, scored } from '#services/ratings/rate-ticket.ts';
import { one } from '#services/tickets/ticket-queries.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { factsOf, type PortalRow, portalRow, portalSettings } from './portal-queries.ts';
import { portalTicket } from './portal-view.ts';

const DAY_MS = 86_400_000;

export interface RatePortalTicketInput {
  ticketId: Id<'tkt'>;
  score: number;
  comment: string | null;
}

/**
 * Rates a solution, asked or unasked: the row of the cycle is taken, else made, so no mail asks about it again.
 * @throws ServiceError not_found where there is nothing to rate; forbidden `reply_not_allowed`.
 */
export const ratePortalTicket = defineCustomerVerb({
  name: 'ratePortalTicket',
  retryOn: ['ticket_ratings_ticket_id_cycle_key'],

  load: ({ ticketId }: RatePortalTicketInput, at) => ({
    found: portalRow(at, ticketId),
    asked: one(
      statement(
        qb
          .select({ rating: ticketRatings })
          .from(ticketRatings)
          .innerJoin(tickets, and(eq(tickets.id, ticketRatings.ticketId), eq(tickets.reopenCount, ticketRatings.cycle)))
          .where(eq(tickets.id, ticketId)),
      ) as Statement<{ rating: RatingRow }[]>,
    ),
    settings: portalSettings(),
  }),

  decide({ found, asked, settings }, { score, comment }, by) {
    const { customer, now, ids } = by;
    const permit = permitCustomer(customer, 'own', factsOf(found));
    const row = found as PortalRow;
    const view = (rated: PortalRow) => portalTicket(rated, { ...by, settings });
    if (!view(row).canRate) throw notFound();
    const { ticket } = row;
    const answer: PortalTicket = view({ ...row, portal: { ...row.portal, rating: { score, comment, isOpen: true } } });
    const fresh: RatingRow = {
      id: newId(ids, 'csat'),
      ticketId: ticket.id,
      cycle: ticket.reopenCount,
      contactId: ticket.requesterContactId,
      principalId: customer.principalId,
      tokenHash: null,
      askedAt: null,
      expiresAt: new Date(now.getTime() + RATING_DAYS * DAY_MS),
      score: null,
      comment: null,
      ratedAt: null,
      agentPrincipalId: ticket.assigneePrincipalId,
      teamId: ticket.assigneeTeamId ?? ticket.primaryTeamId,
    };
    const decision = scored(
      { permit, row, rating: asked?.rating ?? fresh, isNew: asked === undefined },
      { score, comment },
      by,
    );
    return isChange(decision) ? { ...decision, answer } : unchanged(permit, view(row));
  },
});
