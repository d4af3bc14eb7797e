import { and, eq } from 'drizzle-orm';
import type { Participant } from '#schema/api/ticket-people.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { ticketParticipants } from '#schema/index.ts';
import { permitTicket } from '#services/access/permit.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { unchanged } from '#services/kernel/change.ts';
import { guard, qb } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf, requireEditable } from '#services/tickets/edit-ticket.ts';
import { seatActivity, seatEvent } from '#services/tickets/participant-tellings.ts';
import {
  holdSeats,
  insertParticipants,
  MOST_PARTICIPANTS,
  type ParticipantRow,
  participantRows,
  participantsOf,
  requireNotRequester,
  requireSubject,
  type Seat,
  subjectOf,
  subjectQueries,
} from '#services/tickets/participants.ts';
import { subscribe } from '#services/tickets/subscribe.ts';
import { factsOf, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { touchTicket } from '#services/tickets/touch-ticket.ts';
import { participantView } from './participant-view.ts';

export interface PutParticipantInput {
  ticketId: Id<'tkt'>;
  seat: Seat;
}

/**
 * Lets somebody take part in a ticket, or gives them another role there. Staff who take part see the ticket.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, `already_assigned` (the requester), unprocessable
 *   `unknown_reference`, `limit_reached`.
 */
export const putParticipant = defineVerb({
  name: 'putParticipant',
  permission: 'ticket.manage_participants',
  load: ({ ticketId, seat }: PutParticipantInput) => ({
    ...ticketById(ticketId),
    seats: participantsOf(ticketId),
    ...subjectQueries([seat]),
  }),
  decide(loaded, { seat }, by) {
    const permit = permitTicket(by.authority, 'ticket.manage_participants', factsOf(loaded));
    const before = loaded.ticket as TicketRow;
    requireEditable(before, null);
    const name = requireSubject(seat, loaded, by.authority, '');
    requireNotRequester(seat, {
      contactId: before.ticket.requesterContactId,
      principalId: before.ticket.requesterPrincipalId,
    });
    const present = loaded.seats.find((row) =>
      'principalId' in seat ? row.principalId === seat.principalId : row.contactId === seat.contactId,
    );
    const answer = (row: ParticipantRow): { created: boolean; ticketId: Id<'tkt'>; participant: Participant } => ({
      ticketId: row.ticketId,
      created: present === undefined,
      participant: participantView(row, name),
    });
    if (present?.role === seat.role) return unchanged(permit, answer(present));
    if (present === undefined && loaded.seats.length >= MOST_PARTICIPANTS) {
      throw new ServiceError('unprocessable', `A ticket has at most ${MOST_PARTICIPANTS} participants.`, {
        reason: 'limit_reached',
      });
    }
    const made = participantRows(before.ticket.id, [seat], by, actorOf(by.authority));
    const after = present === undefined ? made : [{ ...present, role: seat.role }];
    const [row] = after;
    if (row === undefined) throw new TypeError('a seat makes a row');
    const change = { before: present ?? null, after: row };
    const { ticketId } = row;
    return touchTicket({
      permit,
      before,
      holds: holdSeats([seat], loaded.people),
      writes:
        present === undefined
          ? [
              ...insertParticipants(made),
              ...subscribe(ticketId, [{ ...subjectOf(seat), source: 'auto_participant' }], by.now),
            ]
          : [changeRole(present.id, ticketId, seat.role)],
      activity: seatActivity(before, [change], causeOf(by.authority)),
      events: (reference) => [seatEvent(reference, change)],
      action: 'ticket.participant_added',
      noticed: present === undefined && row.contactId !== null,
      by,
      answer: answer(row),
    });
  },
});

const changeRole = (id: Id<'tpart'>, ticketId: Id<'tkt'>, role: Seat['role']) =>
  guard(
    qb
      .update(ticketParticipants)
      .set({ role })
      .where(and(eq(ticketParticipants.id, id), eq(ticketParticipants.ticketId, ticketId)))
      .getSQL(),
    1,
    'participant',
  );
