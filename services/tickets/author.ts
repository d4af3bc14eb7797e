import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { AUTHOR_KINDS, ValueOf } from '#schema/values.ts';
import type { Authority } from '#services/access/authority.ts';
import { type TicketFacts, ticketDenial } from '#services/access/can.ts';
import type { Permission } from '#services/access/permissions.ts';
import type { Change } from '#services/kernel/change.ts';

export interface Author {
  kind: ValueOf<typeof AUTHOR_KINDS>;
  principalId: Id<'prin'> | null;
  contactId: Id<'contact'> | null;
  name: string;
}

export type SpeaksAs = { principalId: Id<'prin'> } | { contactId: Id<'contact'> };

export interface LoadedSpeaker {
  /** The present authority of the member spoken for. */
  member: Authority | undefined;
  contact: { id: Id<'contact'>; name: string | null } | undefined;
}

/**
 * Who speaks, decided by door and role and stored once: a person is an agent, a program is automation unless it speaks
 * for a member whose own authority allows it, or for a contact of the ticket.
 * @throws ServiceError unprocessable `author_not_on_ticket`, or `unknown_reference` for somebody who may not write here.
 */
export function authorOf(
  authority: Authority,
  as: SpeaksAs | undefined,
  loaded: LoadedSpeaker,
  ticket: { facts: TicketFacts; contactIds: readonly (Id<'contact'> | null)[]; needs: Permission },
): Author {
  if (as === undefined) {
    const kind = authority.keyId === null ? 'agent' : 'automation';
    return { kind, principalId: authority.principalId, contactId: null, name: authority.label };
  }
  if (authority.keyId === null) {
    throw new ServiceError('unprocessable', 'A person speaks as themselves; only a program speaks for others.', {
      reason: 'author_not_on_ticket',
    });
  }
  if ('contactId' in as) {
    if (loaded.contact === undefined || !ticket.contactIds.includes(as.contactId)) {
      throw new ServiceError('unprocessable', 'This contact is neither requester nor participant of the ticket.', {
        reason: 'author_not_on_ticket',
      });
    }
    return { kind: 'customer', principalId: null, contactId: as.contactId, name: loaded.contact.name ?? '' };
  }
  const { member } = loaded;
  if (member === undefined || ticketDenial(member, ticket.needs, ticket.facts) !== undefined) {
    throw new ServiceError('unprocessable', 'No active member with this id may write here.', {
      reason: 'unknown_reference',
    });
  }
  return { kind: 'agent', principalId: as.principalId, contactId: null, name: member.label };
}

/** The audit names both: the program that acted, and for whom. */
export const spokenFor = <T>(as: SpeaksAs | undefined, made: Change<T>): Change<T> =>
  as === undefined || made.audit === null
    ? made
    : { ...made, audit: { ...made.audit, onBehalfOf: 'contactId' in as ? as.contactId : as.principalId } };

/** Who is told as `via` and author in events. */
export const authorView = ({ kind, principalId, contactId, name }: Author) => ({ kind, principalId, contactId, name });
