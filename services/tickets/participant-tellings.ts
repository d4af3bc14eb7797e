import type { TicketReference } from '#schema/events/ticket-reference.ts';
import { type ActivityDraft, type EventDraft, event } from '#services/kernel/change.ts';
import type { Cause } from './change-ticket.ts';
import type { ParticipantRow } from './participants.ts';
import type { TicketRow } from './ticket-queries.ts';

/** A seat before and after: taken, given up, or with another role. */
export interface SeatChange {
  before: ParticipantRow | null;
  after: ParticipantRow | null;
}

export function seatEvent(ticket: TicketReference, { before, after }: SeatChange): EventDraft {
  const row = after ?? before;
  if (row === null) throw new TypeError('a seat that never was');
  return event({
    type: after === null ? 'ticket.participant_removed' : 'ticket.participant_added',
    entity: ticket.id,
    audience: 'internal',
    payload: {
      ticket,
      subject: { principalId: row.principalId, contactId: row.contactId },
      role: row.role,
      previous: before?.role ?? null,
    },
  });
}

export function seatActivity({ ticket }: TicketRow, changes: readonly SeatChange[], cause: Cause): ActivityDraft {
  const told = (row: ParticipantRow | null) =>
    row === null ? null : { id: row.principalId ?? row.contactId, role: row.role };
  return {
    ticketId: ticket.id,
    revision: ticket.revision + 1,
    version: null,
    type: 'participant_changed',
    audience: 'internal',
    cause,
    data: {
      changes: changes.map(({ before, after }) => ({ field: 'participant', from: told(before), to: told(after) })),
    },
  };
}
