import { eq, sql } from 'drizzle-orm';
import type { TicketLink } from '#schema/api/ticket-links.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketLinks, tickets } from '#schema/index.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { visible } from '#services/access/visible.ts';
import { unchanged } from '#services/kernel/change.ts';
import { wholePage } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { factsOf, ticketById } from '#services/tickets/ticket-queries.ts';
import { type LinkRow, linkView } from './link-queries.ts';

interface FoundLink {
  link: LinkRow;
  ticket: Parameters<typeof linkView>[2]['ticket'];
}

/** What a ticket is linked to, as far as the caller sees it; all of it, at most 100. */
export const listLinks = defineRead({
  name: 'listLinks',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: { ticketId: Id<'tkt'> }, { auth }) => {
    const own = sql`${idToUuid(ticketId)}::uuid`;
    return {
      ...ticketById(ticketId),
      found: statementWith<FoundLink[]>(
        auth,
        qb
          .select({
            link: ticketLinks,
            ticket: {
              id: tickets.id,
              number: tickets.number,
              subject: tickets.subject,
              statusCategory: tickets.statusCategory,
            },
          })
          .from(ticketLinks)
          .innerJoin(
            tickets,
            eq(
              tickets.id,
              sql`case when ${ticketLinks.sourceId} = ${own} then ${ticketLinks.targetId} else ${ticketLinks.sourceId} end`,
            ),
          )
          .where(sql`(${ticketLinks.sourceId} = ${own} or ${ticketLinks.targetId} = ${own}) and ${visible()}`)
          .orderBy(ticketLinks.createdAt, ticketLinks.id),
      ),
    };
  },
  decide: (loaded, { ticketId }, { authority }) =>
    unchanged(
      permitTicketView(authority, factsOf(loaded)),
      wholePage<TicketLink>(loaded.found.map(({ link, ticket }) => linkView(link, ticketId, { ticket }))),
    ),
});
