import { and, eq } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { ticketParticipants } from '#schema/index.ts';
import { notFound, permitTicket, permitTicketView } from '#services/access/permit.ts';
import { guard, qb } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf, requireEditable } from '#services/tickets/edit-ticket.ts';
import { seatActivity, seatEvent } from '#services/tickets/participant-tellings.ts';
import { participantsOf } from '#services/tickets/participants.ts';
import { unsubscribe } from '#services/tickets/subscribe.ts';
import { factsOf, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { touchTicket } from '#services/tickets/touch-ticket.ts';

export interface RemoveParticipantInput {
  ticketId: Id<'tkt'>;
  participantId: Id<'tpart'>;
}

/** Ends somebody's part in a ticket. @throws ServiceError not_found, forbidden, conflict `ticket_merged`. */
export const removeParticipant = defineVerb({
  name: 'removeParticipant',
  permission: 'ticket.manage_participants',
  load: ({ ticketId }: RemoveParticipantInput) => ({ ...ticketById(ticketId), seats: participantsOf(ticketId) }),
  decide(loaded, { ticketId, participantId }, by) {
    permitTicketView(by.authority, factsOf(loaded));
    const row = loaded.seats.find(({ id }) => id === participantId);
    if (row === undefined) throw notFound();
    const permit = permitTicket(by.authority, 'ticket.manage_participants', factsOf(loaded));
    const before = loaded.ticket as TicketRow;
    requireEditable(before, null);
    const change = { before: row, after: null };
    const subjects = [
      ...(row.principalId === null ? [] : [{ principalId: row.principalId }]),
      ...(row.contactId === null ? [] : [{ contactId: row.contactId }]),
    ];
    return touchTicket({
      permit,
      before,
      writes: [endSeat(row.id, ticketId), ...subjects.map((subject) => unsubscribe(ticketId, subject, by.now))],
      activity: seatActivity(before, [change], causeOf(by.authority)),
      events: (reference) => [seatEvent(reference, change)],
      action: 'ticket.participant_removed',
      noticed: row.contactId !== null,
      by,
      answer: null,
    });
  },
});

const endSeat = (id: Id<'tpart'>, ticketId: Id<'tkt'>) =>
  guard(
    qb
      .delete(ticketParticipants)
      .where(and(eq(ticketParticipants.id, id), eq(ticketParticipants.ticketId, ticketId)))
      .getSQL(),
    1,
    'participant',
  );
