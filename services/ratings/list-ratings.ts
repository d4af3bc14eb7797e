import { desc, eq } from 'drizzle-orm';
import type { Rating } from '#schema/api/ratings.ts';
import type { Id } from '#schema/ids.ts';
import { ticketRatings } from '#schema/index.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { wholePage } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { factsOf, ticketById } from '#services/tickets/ticket-queries.ts';

/** Solutions of one ticket that are shown. */
const MOST = 100;

/** What the customer was asked and said of a ticket, the latest solution first. @throws ServiceError not_found. */
export const listRatings = defineRead({
  name: 'listRatings',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: { ticketId: Id<'tkt'> }) => ({
    ...ticketById(ticketId),
    found: statement(
      qb
        .select()
        .from(ticketRatings)
        .where(eq(ticketRatings.ticketId, ticketId))
        .orderBy(desc(ticketRatings.cycle))
        .limit(MOST),
    ),
  }),
  decide(loaded, _input, { authority }) {
    const permit = permitTicketView(authority, factsOf(loaded));
    const data = loaded.found.map(
      (row): Rating => ({
        id: row.id,
        cycle: row.cycle,
        score: row.score,
        comment: row.comment,
        contactId: row.contactId,
        agentPrincipalId: row.agentPrincipalId,
        teamId: row.teamId,
        askedAt: row.askedAt?.toISOString() ?? null,
        ratedAt: row.ratedAt?.toISOString() ?? null,
        expiresAt: row.expiresAt.toISOString(),
      }),
    );
    return unchanged(permit, wholePage(data));
  },
});
