import type { Id } from '#schema/ids.ts';
import type { MetFacts } from '#services/contacts/meet-contact.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { Opening } from './open-ticket.ts';
import { insertParticipants, participantRows, subjectOf } from './participants.ts';
import { subscribe } from './subscribe.ts';
import type { TicketRow } from './ticket-queries.ts';
import { tagWrites } from './ticket-tags.ts';

/** Who asks: somebody known, or an address, whose contact is found or made in the same commit. */
export type Requester =
  | {
      contact: { id: Id<'contact'>; name: string | null; email?: string | null; organizationId: Id<'org'> | null };
      principalId?: Id<'prin'> | null;
    }
  | { principal: { id: Id<'prin'>; name: string; email?: string | null } }
  | { email: string; name: string | null; met: MetFacts };

/** Whose ticket it will be, as far as they have ids yet. */
export const requesterIds = (requester: Requester | null) => ({
  contactId: requester !== null && 'contact' in requester ? requester.contact.id : null,
  principalId:
    requester === null || 'email' in requester
      ? null
      : 'principal' in requester
        ? requester.principal.id
        : (requester.principalId ?? null),
});

export const nameOf = (requester: Requester | null): string | null => {
  if (requester === null) return null;
  if ('contact' in requester) return requester.contact.name;
  return 'principal' in requester ? requester.principal.name : requester.name;
};

/** Their first address, as far as it was loaded. */
export const emailOf = (requester: Requester | null): string | null => {
  if (requester === null) return null;
  if ('contact' in requester) return requester.contact.email ?? null;
  return 'principal' in requester ? (requester.principal.email ?? null) : requester.email;
};

/** Tags, participants, and who follows the ticket from the start. */
export function peopleWrites({ ticket, tags }: TicketRow, { tagging, attendance }: Opening, by: Deciding): Statement[] {
  const { id, requesterContactId: contactId, requesterPrincipalId, assigneePrincipalId, createdAt } = ticket;
  const requester = contactId === null ? principalOf(requesterPrincipalId) : { contactId };
  const assignee = principalOf(assigneePrincipalId);
  return [
    ...(tagging?.writes ?? []),
    ...tagWrites({ tags: [], ticket }, { tags }),
    ...(attendance === undefined
      ? []
      : insertParticipants(participantRows(id, attendance.seats, by, attendance.actor))),
    ...subscribe(
      id,
      [
        ...(requester === null ? [] : [{ ...requester, source: 'auto_requester' as const }]),
        ...(assignee === null ? [] : [{ ...assignee, source: 'auto_assigned' as const }]),
        ...(attendance?.seats ?? []).map((each) => ({ ...subjectOf(each), source: 'auto_participant' as const })),
      ],
      createdAt,
    ),
  ];
}

const principalOf = (principalId: Id<'prin'> | null) => (principalId === null ? null : { principalId });
