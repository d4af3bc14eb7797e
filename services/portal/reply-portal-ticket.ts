import { sql } from 'drizzle-orm';
import type { PortalMessage, PortalTicket } from '#schema/api/portal.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type Customer, contactOf, isRequester, mayReply } from '#services/access/customer.ts';
import { permitCustomer } from '#services/access/permit.ts';
import { stagedFiles, stagedQueries } from '#services/files/attach-files.ts';
import type { Change } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type Replied, replyAsCustomer } from '#services/messages/reply-as-customer.ts';
import { replyPlaces, replyQueries } from '#services/messages/reply-queries.ts';
import { slaConfigQuery } from '#services/sla/sla-queries.ts';
import type { Author } from '#services/tickets/author.ts';
import { seatActivity, seatEvent } from '#services/tickets/participant-tellings.ts';
import {
  insertParticipants,
  MOST_PARTICIPANTS,
  type ParticipantRow,
  participantRows,
  participantsOf,
} from '#services/tickets/participants.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { type CustomerLoading, defineCustomerVerb } from './customer-verb.ts';
import { factsOf, NEW_FACTS, type PortalFacts, portalRows, portalSettings } from './portal-queries.ts';
import { portalMessage, portalTicket } from './portal-view.ts';

export interface ReplyPortalTicketInput {
  via: 'portal' | 'widget';
  ticketId: Id<'tkt'>;
  body: string;
  attachmentIds?: readonly Id<'tatt'>[] | undefined;
  dedupeKey?: string | undefined;
}

export interface PortalReplied {
  /** Where the reply has ended: the ticket, the one it was merged into, or what goes on with it. */
  ticket: PortalTicket;
  message: PortalMessage;
  followUpOf: Id<'tkt'> | null;
}

const load = ({ ticketId, attachmentIds = [] }: ReplyPortalTicketInput, at: CustomerLoading) => {
  const author = { contactId: contactOf(at.session), principalId: at.session.principalId };
  const asked = sql`${idToUuid(ticketId)}::uuid`;
  return {
    seen: portalRows(at, sql`tickets.id = any (array[${asked}] || ${replyPlaces(ticketId, author)})`),
    seats: participantsOf(ticketId),
    ...replyQueries(ticketId, author),
    ...stagedQueries(attachmentIds, ticketId),
    settings: portalSettings(),
    slaConfig: slaConfigQuery(),
  };
};

/**
 * A customer's message, by the rules of every door: it opens what waits, reopens what was solved within the window, and
 * goes on with what is over. A colleague who writes is on the ticket from then on.
 * @throws ServiceError not_found; forbidden `reply_not_allowed`; conflict `ticket_closed`, `ticket_merged`,
 *   `attachment_used`; unprocessable `ticket_full`, `unknown_reference`, `too_many_files`.
 */
export const replyPortalTicket = defineCustomerVerb({
  name: 'replyPortalTicket',
  draws: true,
  load,

  decide(loaded, input: ReplyPortalTicketInput, by) {
    const { customer } = by;
    const { settings } = loaded;
    const rowOf = (id: Id<'tkt'>) => loaded.seen.find(({ ticket }) => ticket.id === id);
    const writes = (id: Id<'tkt'>): boolean => {
      const facts = factsOf(rowOf(id));
      return facts !== undefined && mayReply(customer, facts);
    };
    const permit = permitCustomer(customer, 'reply', factsOf(rowOf(input.ticketId)));
    const { principalId, contactId, name } = customer;
    const author: Author = { kind: 'customer', principalId, contactId, name };
    const files = stagedFiles(input.attachmentIds ?? [], loaded, principalId, by.now);
    const replied = replyAsCustomer<Replied>(
      {
        permit,
        asked: input.ticketId,
        loaded,
        author,
        via: input.via,
        body: input.body,
        files,
        ...(input.dedupeKey === undefined ? {} : { dedupeKey: input.dedupeKey }),
        mayWrite: (_facts, { ticket }) => writes(ticket.id),
        createdByPrincipalId: null,
      },
      by,
      (where) => where,
    );
    const { message, after, followUpOf } = replied.answer;
    const own = rowOf(after.ticket.id)?.portal ?? NEW_FACTS;
    const isNew = isNewcomer(customer, { ...after.ticket, roles: own.roles });
    const seat = isNew && followUpOf === null && loaded.seats.length < MOST_PARTICIPANTS;
    const portal: PortalFacts = {
      ...own,
      ...(isNew && (seat || followUpOf !== null) ? { roles: ['cc'], people: [...own.people, name] } : {}),
      ...(after.ticket.reopenCount > 0 && after.ticket.reopenedAt?.getTime() === by.now.getTime()
        ? { rating: null }
        : {}),
      followUpOf: own.followUpOf ?? (followUpOf !== null && rowOf(followUpOf) !== undefined ? followUpOf : null),
    };
    const stored = files.map(({ id, filename, contentType, sizeBytes }) => ({
      id: idToUuid(id),
      filename,
      contentType,
      sizeBytes,
    }));
    const answer: PortalReplied = {
      ticket: portalTicket({ ...after, portal }, { ...by, settings }),
      message: portalMessage({ message, files: stored }, { customer, settings }),
      followUpOf,
    };
    return seat ? seated({ ...replied, answer }, replied.answer, by) : { ...replied, answer };
  },
});

/** Somebody who reads the ticket as a colleague and has no part in it yet. */
const isNewcomer = (customer: Customer, ticket: Parameters<typeof isRequester>[1]): boolean =>
  !isRequester(customer, ticket) && ticket.roles.length === 0;

/** The reply with a seat for its author, told as any other. */
function seated<Output>(
  change: Change<Output>,
  { message, after }: Replied,
  by: Deciding & { customer: Customer },
): Change<Output> {
  const subject =
    message.authorContactId !== null
      ? { contactId: message.authorContactId }
      : { principalId: by.customer.principalId };
  const [row] = participantRows(after.ticket.id, [{ ...subject, role: 'cc' }], by, {
    actorKind: 'customer',
    actorId: message.authorContactId === null ? null : idToUuid(message.authorContactId),
    actorLabel: by.customer.name,
    apiKeyId: null,
  }) as [ParticipantRow];
  const seat = { before: null, after: row };
  const before = { ...after, ticket: { ...after.ticket, revision: after.ticket.revision - 1 } };
  return {
    ...change,
    writes: [...change.writes, ...insertParticipants([row])],
    activity: [...change.activity, seatActivity(before, [seat], 'customer_reply')],
    events: [...change.events, seatEvent(ticketReference(after, by.deskUrl), seat)],
  };
}
