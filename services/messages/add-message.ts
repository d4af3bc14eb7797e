import { ServiceError } from '#schema/errors.ts';
import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import type { Permit } from '#services/access/permit.ts';
import { attachFiles } from '#services/files/attach-files.ts';
import { eventFile, type FileRow } from '#services/files/file-row.ts';
import { type Change, type EventDraft, event } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { appendSearch } from '#services/search/search-docs.ts';
import { type LoadedSla, slaOn } from '#services/sla/sla-on.ts';
import type { Author } from '#services/tickets/author.ts';
import { type Cause, changeTicket, diffTicket } from '#services/tickets/change-ticket.ts';
import type { TicketEdit } from '#services/tickets/edit-ticket.ts';
import { heldForMove } from '#services/tickets/hold-status.ts';
import { matchFactsOf } from '#services/tickets/match-facts.ts';
import {
  audienceOf,
  eventMessage,
  insertMessage,
  type MessageRow,
  messageInstant,
  newMessage,
  sayMessage,
  searchTextOf,
} from '#services/tickets/new-message.ts';
import { isActiveCategory, type Status, statusMove } from '#services/tickets/status-machine.ts';
import { subscribe } from '#services/tickets/subscribe.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';

export const MOST_MESSAGES = 5000;

export interface NewMessageOnTicket {
  permit: Permit;
  before: TicketRow;
  author: Author;
  audience: MessageRow['audience'];
  sharedTeamId?: Id<'team'> | null;
  via: MessageRow['via'];
  body: string;
  dedupeKey?: string;
  /** Staged files of whoever acts, which the message takes. */
  files?: readonly FileRow[];
  /** Moves the ticket in the same commit, with the time at which it wakes by itself. */
  status: Status | undefined;
  wakeAt?: Date | null;
  /** Where a customer's reply brings a waiting or solved ticket; a closed one too, where its rules say so. */
  openStatus: Status | undefined;
  reopensClosed?: boolean;
  sla: LoadedSla;
  cause: Cause;
  /** What the same commit edits: the row with it, and what comes along. */
  edit?: Pick<TicketEdit, 'after' | 'holds' | 'also' | 'action' | 'audited'> | undefined;
}

/**
 * A message on a ticket, the same from every door, and all that it does in its commit: the customer's waiting begins or
 * ends, the first response is noted, a reply reopens, clocks are told.
 * @throws ServiceError conflict `ticket_closed`, unprocessable `ticket_full`.
 */
export function addMessage<Output>(
  input: NewMessageOnTicket,
  by: Deciding,
  answer: (message: MessageRow, after: TicketRow) => Output,
): Change<Output> {
  const { before, author, audience, files = [], edit } = input;
  const from = edit?.after ?? before;
  const { ticket } = from;
  const fromCustomer = author.kind === 'customer' && audience === 'public';
  refuse(input, fromCustomer);
  const createdAt = messageInstant(by.now, ticket.lastMessageAt);
  const countsAsResponse =
    author.kind === 'agent' && audience === 'public' && author.principalId !== ticket.requesterPrincipalId;
  const message = newMessage(by.ids, {
    ticketId: ticket.id,
    seq: ticket.messageSeq + 1,
    audience,
    sharedTeamId: input.sharedTeamId ?? null,
    author,
    via: input.via,
    isOpening: false,
    countsAsResponse,
    body: input.body,
    dedupeKey: input.dedupeKey ?? null,
    createdAt,
  });
  const status = input.status ?? (fromCustomer && ticket.statusCategory !== 'open' ? input.openStatus : undefined);
  const moved =
    status === undefined || isThere(ticket, status, input) ? {} : statusMove(ticket, status, by.now, input.wakeAt);
  const after: TicketRow = {
    ...from,
    ticket: { ...ticket, ...moved, ...traces(from, message, by.now, moved) },
    status: status === undefined ? from.status : { name: status.name, publicLabel: status.publicLabel },
  };
  const byMessage = input.status === undefined && edit === undefined;
  const edits = !byMessage && diffTicket(before, after).length > 0;
  const version = before.ticket.version + (edits ? 1 : 0);
  const reference = ticketReference({ ticket: { ...after.ticket, version } }, by.deskUrl);
  return changeTicket({
    permit: input.permit,
    before,
    after,
    cause: fromCustomer ? 'customer_reply' : input.cause,
    byMessage,
    sla: slaOn({
      cause: 'message',
      before: before.ticket,
      after: after.ticket,
      message,
      about: matchFactsOf(after),
      aboutBefore: matchFactsOf(before),
      loaded: input.sla,
      now: by.now,
      ids: by.ids,
      reference,
    }),
    events: (final) => eventsOf(before, message, files, final),
    holds: [...(edit?.holds ?? []), ...heldForMove(ticket.statusId, after.ticket.statusId)],
    writes: [
      ...(edit?.also?.writes ?? []),
      files.length === 0 ? sayMessage(message) : insertMessage(message),
      ...attachFiles(files, message, by.now),
      ...follow(message, by.now),
      appendSearch(ticket.id, ticket.subject, searchTextOf(message)),
    ],
    audit: {
      action: edit?.action ?? 'ticket.message_added',
      changes: { ...edit?.audited, message: { id: message.id, audience, length: message.bodyText.length } },
    },
    deskUrl: by.deskUrl,
    answer: (row) => answer(message, row),
  });
}

/** Who writes to the other side follows the ticket. */
export function follow(message: MessageRow, now: Date): Statement[] {
  const { audience, authorKind, authorPrincipalId: principalId, authorContactId: contactId } = message;
  if (audience !== 'public' || (authorKind !== 'agent' && authorKind !== 'customer')) return [];
  const subject = contactId === null ? principalId !== null && { principalId } : { contactId };
  return subject ? subscribe(message.ticketId, [{ ...subject, source: 'auto_replied' }], now) : [];
}

/** A move to where the ticket is ends its wake-up, a message that names its status alone does not. */
const isThere = (ticket: TicketRow['ticket'], status: Status, { wakeAt }: NewMessageOnTicket): boolean =>
  status.id === ticket.statusId && wakeAt === undefined;

function refuse(input: NewMessageOnTicket, fromCustomer: boolean): void {
  const { audience, status, edit, reopensClosed = false } = input;
  const { ticket } = input.before;
  if (ticket.messageSeq >= MOST_MESSAGES) {
    throw new ServiceError('unprocessable', `A ticket holds at most ${MOST_MESSAGES} messages.`, {
      reason: 'ticket_full',
    });
  }
  const category = status?.category ?? edit?.after.ticket.statusCategory ?? 'closed';
  const opens = (fromCustomer && reopensClosed) || isActiveCategory(category);
  if (ticket.statusCategory === 'closed' && audience === 'public' && !opens) {
    const who = fromCustomer
      ? 'The ticket is closed.'
      : 'The ticket is closed; send an active statusId with a public message.';
    throw new ServiceError('conflict', who, { reason: 'ticket_closed' });
  }
}

/** The instants that a message leaves on its ticket. */
function traces(
  { ticket }: TicketRow,
  message: MessageRow,
  now: Date,
  moved: Partial<TicketRow['ticket']>,
): Partial<TicketRow['ticket']> {
  const isPublic = message.audience === 'public';
  const active = isActiveCategory(moved.statusCategory ?? ticket.statusCategory);
  const base = {
    messageSeq: message.seq,
    lastMessageAt: message.createdAt,
    lastActivityAt: now,
    ...(isPublic && message.authorKind !== 'system' ? { lastPublicAt: now } : {}),
  };
  if (!isPublic) return base;
  if (message.authorKind === 'customer') {
    return {
      ...base,
      lastCustomerMessageAt: message.createdAt,
      customerWaitingSince: active ? (ticket.customerWaitingSince ?? now) : null,
    };
  }
  if (message.authorKind !== 'agent') return base;
  const answered = message.countsAsResponse
    ? { customerWaitingSince: null, firstResponseAt: ticket.firstResponseAt ?? now }
    : {};
  return { ...base, lastAgentMessageAt: message.createdAt, ...answered };
}

function eventsOf(
  before: TicketRow,
  message: MessageRow,
  files: readonly FileRow[],
  ticket: ReturnType<typeof ticketReference>,
): EventDraft[] {
  const entity = message.ticketId;
  const payload: EventPayload<'ticket.message_added'> = {
    ticket,
    message: eventMessage(message, files.map(eventFile)),
    teamId: message.sharedTeamId,
  };
  const added = event({ type: 'ticket.message_added', entity, ...audienceOf(message), payload });
  if (!message.countsAsResponse || before.ticket.firstResponseAt !== null) return [added];
  const elapsedMs = Math.max(0, message.createdAt.getTime() - before.ticket.createdAt.getTime());
  const first: EventPayload<'ticket.first_response'> = {
    ticket,
    messageId: message.id,
    at: message.createdAt.toISOString(),
    elapsedMs,
  };
  return [added, event({ type: 'ticket.first_response', entity, audience: 'internal', payload: first })];
}
