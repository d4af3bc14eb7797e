import { or, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { permitTicket, permitWorkspace } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { factsOf, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { anyTicketById } from './merged-rows.ts';
import { type PurgedRow, purgedColumns, purgedEvents, purgedRoots, purgeWrites } from './purge-writes.ts';

/**
 * Ends a ticket in the trash at once and for good, with those that were merged into it.
 * @throws ServiceError not_found, forbidden, conflict `not_deleted`, `ticket_merged`.
 */
export const purgeTicket = defineVerb({
  name: 'purgeTicket',
  permission: 'ticket.delete',

  load: ({ ticketId }: { ticketId: Id<'tkt'> }) => ({
    ...anyTicketById(ticketId),
    gone: statement<PurgedRow[]>(
      qb
        .select(purgedColumns)
        .from(tickets)
        .where(
          or(
            sql`${tickets.id} = ${idToUuid(ticketId)}::uuid`,
            sql`${tickets.mergedIntoId} = ${idToUuid(ticketId)}::uuid`,
          ),
        ),
    ) as Statement<PurgedRow[]>,
  }),

  decide(loaded, _input, { authority, now }) {
    const permit = permitTicket(authority, 'ticket.delete', factsOf(loaded));
    permitWorkspace(authority, 'admin.manage_settings', { view: 'admin.manage_settings', single: false });
    const { ticket } = loaded.ticket as TicketRow;
    requireEditable(loaded.ticket as TicketRow, null);
    if (ticket.deletedAt === null) {
      throw new ServiceError('conflict', 'Only a ticket in the trash is purged. Delete it first.', {
        reason: 'not_deleted',
      });
    }
    return change({
      permit,
      answer: null,
      roots: purgedRoots(loaded.gone),
      writes: purgeWrites(loaded.gone, now),
      audit: {
        action: 'ticket.purged',
        target: { type: 'ticket', id: ticket.id, label: `#${ticket.number}` },
        changes: { merged: loaded.gone.filter(({ id }) => id !== ticket.id).map(({ id }) => id) },
      },
      events: purgedEvents(loaded.gone),
    });
  },
});
