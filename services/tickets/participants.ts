import { eq, inArray, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, newId } from '#schema/ids.ts';
import { contacts, principal, ticketParticipants } from '#schema/index.ts';
import { columnsWithoutLens, type WithoutLens } from '#schema/lens-activity.ts';
import type { MEMBER_STATES, PARTICIPANT_ROLES, ValueOf } from '#schema/values.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdMember } from '#services/access/hold.ts';
import { holdContact } from '#services/directory/hold-live.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { nothing, qb, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { mayName } from './requester.ts';
import type { Subject } from './subscribe.ts';

export const MOST_PARTICIPANTS = 50;

/** Somebody at a ticket, and their part in it. */
export type Seat = Subject & { role: ValueOf<typeof PARTICIPANT_ROLES> };

export type ParticipantRow = WithoutLens<typeof ticketParticipants.$inferSelect>;

export const participantColumns = columnsWithoutLens(ticketParticipants);

/** Who may be named: people with a login, and whether they are or were staff. */
export interface NamedPerson {
  id: Id<'prin'>;
  name: string;
  memberState: ValueOf<typeof MEMBER_STATES> | null;
}

export interface NamedContact {
  id: Id<'contact'>;
  name: string | null;
}

export const subjectOf = (seat: Subject): Subject =>
  'principalId' in seat ? { principalId: seat.principalId } : { contactId: seat.contactId };

/** The people and live contacts of some subjects, in one trip. */
export const subjectQueries = (subjects: readonly Subject[]) => {
  const people = subjects.flatMap((each) => ('principalId' in each ? each.principalId : []));
  const found = subjects.flatMap((each) => ('contactId' in each ? each.contactId : []));
  return {
    people: statement(
      qb
        .select({ id: principal.id, name: principal.displayName, memberState: principal.memberState })
        .from(principal)
        .where(people.length === 0 ? nothing : sql`${inArray(principal.id, people)} and ${eq(principal.type, 'user')}`),
    ) as Statement<NamedPerson[]>,
    contacts: statement(
      qb
        .select({ id: contacts.id, name: contacts.name })
        .from(contacts)
        .where(found.length === 0 ? nothing : sql`${inArray(contacts.id, found)} and ${contacts.archivedAt} is null`),
    ) as Statement<NamedContact[]>,
  };
};

export const participantRows = (
  ticketId: Id<'tkt'>,
  seats: readonly Seat[],
  by: Pick<Deciding, 'ids' | 'now'>,
  { actorKind, actorId, actorLabel }: ActorRow,
): ParticipantRow[] =>
  seats.map((seat) => ({
    id: newId(by.ids, 'tpart'),
    ticketId,
    principalId: 'principalId' in seat ? seat.principalId : null,
    contactId: 'contactId' in seat ? seat.contactId : null,
    role: seat.role,
    actorKind,
    actorId,
    actorLabel,
    createdAt: by.now,
  }));

/** All that take part, in the order in which they came. */
export const participantsOf = (ticketId: Id<'tkt'>): Statement<ParticipantRow[]> =>
  statement(
    qb
      .select(participantColumns)
      .from(ticketParticipants)
      .where(eq(ticketParticipants.ticketId, ticketId))
      .orderBy(ticketParticipants.createdAt, ticketParticipants.id),
  );

export const insertParticipants = (rows: readonly ParticipantRow[]): Statement[] =>
  rows.length === 0 ? [] : [statement(qb.insert(ticketParticipants).values([...rows]))];

/**
 * Who is named must be there: an active member, a customer's login, a live contact.
 * @throws ServiceError unprocessable `unknown_reference`. @returns the name.
 */
export function requireSubject(
  subject: Subject,
  found: { people: readonly NamedPerson[]; contacts: readonly NamedContact[] },
  authority: Authority,
  pointer: string,
): string | null {
  if ('principalId' in subject) {
    const person = found.people.find(({ id }) => id === subject.principalId);
    if (person === undefined || (person.memberState !== null && person.memberState !== 'active'))
      throw unknownReference(`${pointer}/principalId`);
    return person.name;
  }
  const contact = found.contacts.find(({ id }) => id === subject.contactId);
  if (contact === undefined || !mayName(authority)) throw unknownReference(`${pointer}/contactId`);
  return contact.name;
}

/** @throws ServiceError conflict `already_assigned`: whose ticket it is takes part as that. */
export function requireNotRequester(
  subject: Subject,
  requester: { principalId: Id<'prin'> | null; contactId: Id<'contact'> | null },
): void {
  const same =
    'principalId' in subject
      ? subject.principalId === requester.principalId
      : subject.contactId === requester.contactId;
  if (same) {
    throw new ServiceError('conflict', 'This is the requester of the ticket.', { reason: 'already_assigned' });
  }
}

/** Members gain sight by taking part, so a removal of one that is under way comes first or waits; so does a merge of a contact. */
export const holdSeats = (seats: readonly Seat[], people: readonly NamedPerson[]): Statement[] =>
  seats.flatMap((seat) => {
    if ('contactId' in seat) return [holdContact(seat.contactId)];
    const member = people.find(({ id }) => id === seat.principalId)?.memberState === 'active';
    return member ? [holdMember(seat.principalId)] : [];
  });
