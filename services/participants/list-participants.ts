import type { Participant } from '#schema/api/ticket-people.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { wholePage } from '#services/kernel/cursor.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { factsOf, ticketById } from '#services/tickets/ticket-queries.ts';
import { namedParticipants, participantView } from './participant-view.ts';

/** Who takes part in a ticket beside its requester; all of them, at most 50. */
export const listParticipants = defineRead({
  name: 'listParticipants',
  permission: TICKET_VIEWS,
  load: ({ ticketId }: { ticketId: Id<'tkt'> }) => ({ ...ticketById(ticketId), found: namedParticipants(ticketId) }),
  decide: (loaded, _input, { authority }) =>
    unchanged(
      permitTicketView(authority, factsOf(loaded)),
      wholePage<Participant>(
        loaded.found.map(({ row, principalName, contactName }) => participantView(row, principalName ?? contactName)),
      ),
    ),
});
