import type { PortalTicket } from '#schema/api/portal.ts';
import { normalizeEmail, requireEmail } from '#schema/email-address.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { permitCustomer } from '#services/access/permit.ts';
import { MEETING_KEYS, meetContact, metOf, metQueries } from '#services/contacts/meet-contact.ts';
import { holdContact } from '#services/directory/hold-live.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { seatActivity, seatEvent } from '#services/tickets/participant-tellings.ts';
import {
  insertParticipants,
  MOST_PARTICIPANTS,
  type ParticipantRow,
  participantRows,
  participantsOf,
} from '#services/tickets/participants.ts';
import { subscribe } from '#services/tickets/subscribe.ts';
import { touchTicket } from '#services/tickets/touch-ticket.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { factsOf, type PortalRow, portalRow, portalSettings } from './portal-queries.ts';
import { portalTicket } from './portal-view.ts';
import { actorOf } from './run-customer-verb.ts';

/**
 * A requester who has proved who they are lets somebody else read and reply, by address; who is on the ticket stays as they
 * are. @throws ServiceError not_found; invalid_request; forbidden `reply_not_allowed`; conflict `ticket_merged`;
 *   unprocessable `limit_reached`.
 */
export const addPortalPerson = defineCustomerVerb({
  name: 'addPortalPerson',
  retryOn: MEETING_KEYS,
  load: ({ ticketId, email }: { ticketId: Id<'tkt'>; email: string; name?: string | undefined }, at) => ({
    found: portalRow(at, ticketId),
    seats: participantsOf(ticketId),
    ...metQueries(normalizeEmail(email)),
    settings: portalSettings(),
  }),
  decide(loaded, input, by): Decision<PortalTicket> {
    const { customer } = by;
    const permit = permitCustomer(customer, 'own', factsOf(loaded.found));
    const before = loaded.found as PortalRow;
    if (customer.assurance !== 'verified') {
      throw new ServiceError('forbidden', 'Only who has proved an address may add people.', {
        reason: 'reply_not_allowed',
      });
    }
    requireEditable(before, null);
    const email = requireEmail(input.email, '/email');
    const view = (row: PortalRow) => portalTicket(row, { ...by, settings: loaded.settings });
    const met = meetContact({ email, name: input.name ?? null, verified: false }, metOf(loaded), by);
    const contactId = met.known.row.id;
    const isOn = loaded.seats.some((seat) => seat.contactId === contactId);
    if (isOn || contactId === before.ticket.requesterContactId) return unchanged(permit, view(before));
    if (loaded.seats.length >= MOST_PARTICIPANTS) {
      throw new ServiceError('unprocessable', `At most ${MOST_PARTICIPANTS} people take part in a request.`, {
        reason: 'limit_reached',
      });
    }
    const made = participantRows(before.ticket.id, [{ contactId, role: 'cc' }], by, actorOf(customer));
    const seat = { before: null, after: made[0] as ParticipantRow };
    const { portal } = before;
    const change = touchTicket<PortalTicket>({
      permit,
      before,
      writes: [
        ...insertParticipants(made),
        ...subscribe(before.ticket.id, [{ contactId, source: 'auto_participant' }], by.now),
      ],
      activity: seatActivity(before, [seat], 'customer'),
      events: (reference) => [seatEvent(reference, seat)],
      action: 'ticket.participant_added',
      noticed: true,
      by,
      answer: view({
        ...before,
        ticket: { ...before.ticket, lastPublicAt: by.now },
        portal: { ...portal, people: [...portal.people, met.known.row.name] },
      }),
    });
    return {
      ...change,
      holds: [
        ...(met.also.holds ?? []),
        ...change.holds,
        ...(met.also.roots === undefined ? [holdContact(contactId)] : []),
      ],
      roots: [...(met.also.roots ?? []), ...change.roots],
      writes: [...(met.also.writes ?? []), ...change.writes],
      events: [...(met.also.events ?? []), ...change.events],
    };
  },
});
