import { inArray } from 'drizzle-orm';
import type { Ticket } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { ticketParticipants } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { meetContact } from '#services/contacts/meet-contact.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { Cause, TicketChange } from './change-ticket.ts';
import { emailOf, nameOf, type Requester, requesterIds } from './opening-people.ts';
import { type SeatChange, seatActivity, seatEvent } from './participant-tellings.ts';
import { insertParticipants, MOST_PARTICIPANTS, type ParticipantRow, participantRows } from './participants.ts';
import { type Subject, subscribe, unsubscribe } from './subscribe.ts';
import type { TicketRow } from './ticket-queries.ts';

interface Replaced {
  after: TicketRow;
  /** Somebody met only now, or again. */
  met: ReturnType<typeof meetContact> | null;
  /** Somebody known. */
  found: Id<'contact'> | null;
  also: Pick<Partial<TicketChange<Ticket>>, 'writes' | 'events' | 'activity'>;
}

/**
 * Another customer, or none. The one before is out, unless they stay as cc; a participant who becomes the requester
 * takes part as that. @throws ServiceError unprocessable `limit_reached`.
 */
export function replaceRequester(
  before: TicketRow,
  requester: Requester | null,
  present: readonly ParticipantRow[],
  by: Deciding & { authority: Authority; cause: Cause; keep: boolean },
): Replaced {
  const met =
    requester !== null && 'email' in requester
      ? meetContact({ ...requester, verified: false }, requester.met, by)
      : null;
  const ids = requesterIds(requester);
  const contactId = met?.known.row.id ?? ids.contactId;
  const { ticket } = before;
  if (contactId === ticket.requesterContactId && ids.principalId === ticket.requesterPrincipalId)
    return { after: before, met: null, found: null, also: {} };
  const after: TicketRow = {
    ...before,
    ticket: {
      ...ticket,
      requesterContactId: contactId,
      requesterPrincipalId: ids.principalId,
      requesterAssurance: 'verified',
    },
    requesterName: met?.known.row.name ?? nameOf(requester),
    requesterEmail: emailOf(requester),
  };
  const previous = subject(ticket.requesterContactId, ticket.requesterPrincipalId);
  const next = subject(contactId, ids.principalId);
  const risen = present.filter(
    (row) =>
      (row.contactId !== null && row.contactId === contactId) ||
      (row.principalId !== null && row.principalId === ids.principalId),
  );
  const kept =
    by.keep && previous !== null && !present.some((row) => isOf(row, previous))
      ? participantRows(ticket.id, [{ ...previous, role: 'cc' }], by, actorOf(by.authority))
      : [];
  if (present.length - risen.length + kept.length > MOST_PARTICIPANTS) {
    throw new ServiceError('unprocessable', `A ticket has at most ${MOST_PARTICIPANTS} participants.`, {
      reason: 'limit_reached',
    });
  }
  const seats: SeatChange[] = [
    ...risen.map((row) => ({ before: row, after: null })),
    ...kept.map((row) => ({ before: null, after: row })),
  ];
  return {
    after,
    met,
    found: ids.contactId,
    also: {
      writes: [
        ...(met?.also.writes ?? []),
        ...(risen.length === 0 ? [] : [endSeats(risen)]),
        ...insertParticipants(kept),
        ...(previous === null || by.keep ? [] : [unsubscribe(ticket.id, previous, by.now)]),
        ...(next === null ? [] : subscribe(ticket.id, [{ ...next, source: 'auto_requester' }], by.now)),
      ],
      events: (reference) => seats.map((seat) => seatEvent(reference, seat)),
      activity: seats.length === 0 ? [] : [seatActivity(before, seats, by.cause)],
    },
  };
}

const subject = (
  contactId: TicketRow['ticket']['requesterContactId'],
  principalId: TicketRow['ticket']['requesterPrincipalId'],
): Subject | null => (contactId !== null ? { contactId } : principalId !== null ? { principalId } : null);

const isOf = (row: ParticipantRow, who: Subject): boolean =>
  'contactId' in who ? row.contactId === who.contactId : row.principalId === who.principalId;

const endSeats = (rows: readonly ParticipantRow[]) =>
  statement(
    qb.delete(ticketParticipants).where(
      inArray(
        ticketParticipants.id,
        rows.map(({ id }) => id),
      ),
    ),
  );
