import { type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { type Change, event } from '#services/kernel/change.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { appendSearch } from '#services/search/search-docs.ts';
import { eventMessage, insertMessage, messageInstant, newMessage } from '#services/tickets/new-message.ts';
import { seatActivity, seatEvent } from '#services/tickets/participant-tellings.ts';
import {
  insertParticipants,
  MOST_PARTICIPANTS,
  type ParticipantRow,
  participantRows,
  type Seat,
} from '#services/tickets/participants.ts';
import { roomToFollow, subscribe } from '#services/tickets/subscribe.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { byName, MOST_TAGS } from '#services/tickets/ticket-tags.ts';
import { type RowChange, rowChange } from './row-change.ts';

const tooMany = (what: string, most: number): ServiceError =>
  new ServiceError('unprocessable', `A ticket has at most ${most} ${what}.`, { reason: 'limit_reached' });

/** What the target gets of a merge: tags, staff who follow, the earliest waiting, a line in its thread that says so. */
export function takeIn(
  target: TicketRow,
  sources: readonly TicketRow[],
  { joins, ...shared }: Omit<RowChange, 'before' | 'set'> & { joins: readonly ParticipantRow[] },
  by: Deciding,
): Change<TicketRow> {
  const { ticket } = target;
  const sourceIds = sources.map((source) => source.ticket.id);
  const message = newMessage(by.ids, {
    ticketId: ticket.id,
    seq: ticket.messageSeq + 1,
    audience: 'internal',
    author: { kind: 'system', principalId: null, contactId: null, name: 'Mallard' },
    via: 'system',
    isOpening: false,
    countsAsResponse: false,
    body: `Merged into this ticket: ${sources.map((source) => `#${source.ticket.number}`).join(', ')}.`,
    createdAt: messageInstant(by.now, ticket.lastMessageAt),
  });
  const seats = joins.map((after) => ({ before: null, after }));
  const tags = [...new Map([target, ...sources].flatMap((row) => row.tags).map((tag) => [tag.id, tag])).values()];
  if (tags.length > MOST_TAGS) throw tooMany('tags', MOST_TAGS);
  return rowChange(
    {
      ...shared,
      before: target,
      set: {
        messageSeq: message.seq,
        lastMessageAt: message.createdAt,
        customerWaitingSince: earliestWaiting(target, sources),
        ...(joins.length > 0 || sources.some(isOfSame(target)) ? { lastPublicAt: by.now } : {}),
      },
      tags: tags.sort(byName),
      events: (reference) => [
        event({
          type: 'ticket.message_added',
          entity: ticket.id,
          audience: 'internal',
          payload: { ticket: reference, message: eventMessage(message, []), teamId: null },
        }),
        event({
          type: 'ticket.merged',
          entity: ticket.id,
          audience: 'internal',
          payload: { ticket: reference, sourceIds, targetId: ticket.id },
        }),
        ...seats.map((seat) => seatEvent(reference, seat)),
      ],
      activity: [
        {
          ticketId: ticket.id,
          revision: ticket.revision + 1,
          version: null,
          type: 'merged',
          audience: 'internal',
          cause: 'merge',
          data: { sourceIds },
        },
        ...(seats.length === 0 ? [] : [seatActivity(target, seats, 'merge')]),
      ],
      writes: [
        insertMessage(message),
        appendSearch(ticket.id, ticket.subject, { text: message.bodyText, audience: 'internal', teamId: null }),
        followAlong(ticket.id, sourceIds),
        ...insertParticipants(joins),
        ...subscribe(ticket.id, joins.map(followerOf), by.now),
      ],
    },
    by,
  );
}

function earliestWaiting({ ticket }: TicketRow, sources: readonly TicketRow[]): Date | null {
  if (!ticket.isActive) return ticket.customerWaitingSince;
  const waits = [ticket, ...sources.map((source) => source.ticket)].flatMap((each) => each.customerWaitingSince ?? []);
  return waits.length === 0 ? null : new Date(Math.min(...waits.map((at) => at.getTime())));
}

/** Whose customer reads the words of both in one thread. */
const isOfSame =
  ({ ticket }: TicketRow) =>
  ({ ticket: source }: TicketRow): boolean =>
    (ticket.requesterContactId !== null && ticket.requesterContactId === source.requesterContactId) ||
    (ticket.requesterPrincipalId !== null && ticket.requesterPrincipalId === source.requesterPrincipalId);

const idList = (ids: readonly Id<'tkt'>[]): SQL => sql`${`{${ids.map(idToUuid).join(',')}}`}::uuid[]`;

/** Members who follow a source follow the target, as they did; who has said what to hear of the target is left alone. */
const followAlong = (target: Id<'tkt'>, sources: readonly Id<'tkt'>[]): Statement =>
  run(sql`insert into ticket_subscriptions (ticket_id, principal_id, notify_messages, notify_status, notify_assignment,
      notify_fields, notify_sla, notify_participants, notify_shares, muted_at, muted_until, source)
    select distinct on (s.principal_id) ${idToUuid(target)}::uuid, s.principal_id, s.notify_messages, s.notify_status,
      s.notify_assignment, s.notify_fields, s.notify_sla, s.notify_participants, s.notify_shares, s.muted_at, s.muted_until, s.source
    from ticket_subscriptions s join principal p on p.id = s.principal_id and p.member_state = 'active'
    where s.ticket_id = any (${idList(sources)}) and s.unsubscribed_at is null
      and not exists (select from ticket_subscriptions o where o.ticket_id = ${idToUuid(target)}::uuid and o.principal_id = s.principal_id)
    order by s.principal_id, s.created_at
    limit greatest(0, ${roomToFollow(sql`${idToUuid(target)}::uuid`)})
    on conflict do nothing`);

const followerOf = ({ contactId, principalId }: ParticipantRow) => {
  const source = 'auto_participant' as const;
  return contactId === null ? { principalId: principalId as Id<'prin'>, source } : { contactId, source };
};

/**
 * Who asked the sources, as cc of the target; who is on it already stays as they are.
 * @throws ServiceError unprocessable `limit_reached`.
 */
export function requestersAsCc(
  { ticket }: TicketRow,
  sources: readonly TicketRow[],
  present: readonly ParticipantRow[],
  by: Deciding,
  actor: ActorRow,
): ParticipantRow[] {
  const seats = new Map<string, Seat>();
  for (const { ticket: source } of sources) {
    const { requesterContactId: contactId, requesterPrincipalId: principalId } = source;
    const isOn = [ticketSubject(ticket), ...present].some(
      (one) =>
        (contactId !== null && one.contactId === contactId) ||
        (principalId !== null && one.principalId === principalId),
    );
    if (isOn) continue;
    if (contactId !== null) seats.set(contactId, { contactId, role: 'cc' });
    else if (principalId !== null) seats.set(principalId, { principalId, role: 'cc' });
  }
  if (present.length + seats.size > MOST_PARTICIPANTS) throw tooMany('participants', MOST_PARTICIPANTS);
  return participantRows(ticket.id, [...seats.values()], by, actor);
}

const ticketSubject = ({ requesterContactId, requesterPrincipalId }: TicketRow['ticket']) => ({
  contactId: requesterContactId,
  principalId: requesterPrincipalId,
});
