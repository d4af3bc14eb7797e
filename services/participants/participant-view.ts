import { and, asc, eq } from 'drizzle-orm';
import type { Participant } from '#schema/api/ticket-people.ts';
import type { Id } from '#schema/ids.ts';
import { contacts, principal, ticketParticipants } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { type ParticipantRow, participantColumns } from '#services/tickets/participants.ts';

export interface NamedParticipant {
  row: ParticipantRow;
  principalName: string | null;
  contactName: string | null;
}

/** Who takes part in a ticket, in the order in which they came. */
export const namedParticipants = (ticketId: Id<'tkt'>): Statement<NamedParticipant[]> =>
  statement(
    qb
      .select({ row: participantColumns, principalName: principal.displayName, contactName: contacts.name })
      .from(ticketParticipants)
      .leftJoin(principal, eq(principal.id, ticketParticipants.principalId))
      .leftJoin(contacts, eq(contacts.id, ticketParticipants.contactId))
      .where(and(eq(ticketParticipants.ticketId, ticketId)))
      .orderBy(asc(ticketParticipants.createdAt), asc(ticketParticipants.id)),
  );

export const participantView = (row: ParticipantRow, name: string | null): Participant => ({
  id: row.id,
  principalId: row.principalId,
  contactId: row.contactId,
  name,
  role: row.role,
  createdAt: row.createdAt.toISOString(),
});
