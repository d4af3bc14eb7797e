import { and, eq, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketLinks, tickets } from '#schema/index.ts';
import { ticketArm } from '#services/access/can.ts';
import { notFound, permitTicket, permitTicketView } from '#services/access/permit.ts';
import { guard, qb } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { changeLink } from './link-changes.ts';
import { linksOf, otherOf, otherTicket } from './link-queries.ts';

export interface UnlinkTicketInput {
  ticketId: Id<'tkt'>;
  linkId: Id<'tlink'>;
}

/** Ends a link from either end. @throws ServiceError not_found, also where the other ticket is out of sight; forbidden. */
export const unlinkTicket = defineVerb({
  name: 'unlinkTicket',
  permission: 'ticket.edit_fields',
  load: ({ ticketId, linkId }: UnlinkTicketInput) => {
    const otherId = sql`(select case when l.source_id = ${idToUuid(ticketId)}::uuid then l.target_id else l.source_id end
      from ticket_links l where l.id = ${idToUuid(linkId)}::uuid)`;
    return {
      ...ticketById(ticketId),
      ...otherTicket(sql`${tickets.id} = ${otherId}`, otherId),
      links: linksOf(ticketId),
    };
  },
  decide(loaded, { linkId }, by) {
    permitTicketView(by.authority, factsOf(loaded));
    const link = loaded.links.find(({ id }) => id === linkId);
    const { other } = loaded;
    const otherFacts = factsOf(otherOf(loaded));
    if (link === undefined || other === undefined || otherFacts === undefined) throw notFound();
    if (ticketArm(by.authority, otherFacts) === undefined) throw notFound();
    const permit = permitTicket(by.authority, 'ticket.edit_fields', factsOf(loaded));
    const before = loaded.ticket as TicketRow;
    requireEditable(before, null);
    const { id, sourceId, targetId } = link;
    return changeLink({
      permit,
      link,
      ends: [before, other],
      ended: true,
      write: guard(
        qb
          .delete(ticketLinks)
          .where(and(eq(ticketLinks.id, id), eq(ticketLinks.sourceId, sourceId), eq(ticketLinks.targetId, targetId)))
          .getSQL(),
        1,
        'link',
      ),
      by,
      answer: null,
    });
  },
});
