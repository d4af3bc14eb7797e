import type * as z from 'zod';
import type { EventFile, EventMessage, MessageFacts } from '#schema/events/message-shapes.ts';
import { type Id, type IdSource, newId } from '#schema/ids.ts';
import { ticketMessages } from '#schema/index.ts';
import { messageText } from '#schema/message-text.ts';
import { insertRows } from '#services/kernel/insert-rows.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import type { Statement } from '#services/kernel/query.ts';
import { hanging, together } from '#services/kernel/together.ts';
import type { SearchText } from '#services/search/search-docs.ts';
import { type Author, authorView } from './author.ts';

export type MessageRow = typeof ticketMessages.$inferSelect;

/** Text of an event or a mail: at most 32 KiB in UTF-8. */
const EVENT_TEXT_BYTES = 32 * 1024;

export interface MessageInput {
  ticketId: Id<'tkt'>;
  seq: number;
  audience: MessageRow['audience'];
  sharedTeamId?: Id<'team'> | null;
  author: Author;
  via: MessageRow['via'];
  isOpening: boolean;
  countsAsResponse: boolean;
  body: string;
  dedupeKey?: string | null;
  createdAt: Date;
}

export function newMessage(ids: IdSource, input: MessageInput): MessageRow {
  const body = messageText(input.body);
  return {
    id: newId(ids, 'tmsg'),
    ticketId: input.ticketId,
    seq: input.seq,
    audience: input.audience,
    sharedTeamId: input.sharedTeamId ?? null,
    authorKind: input.author.kind,
    authorPrincipalId: input.author.principalId,
    authorContactId: input.author.contactId,
    authorName: input.author.name,
    via: input.via,
    isOpening: input.isOpening,
    countsAsResponse: input.countsAsResponse,
    body,
    bodyText: body,
    dedupeKey: input.dedupeKey ?? null,
    revision: 1,
    editedAt: null,
    redactedAt: null,
    deletedAt: null,
    createdAt: input.createdAt,
  };
}

/** Whom an event or activity about a message is for. */
export const audienceOf = ({ audience, sharedTeamId }: MessageRow) => ({
  audience,
  ...(sharedTeamId === null ? {} : { audienceTeamId: sharedTeamId }),
});

export const searchTextOf = ({ bodyText, audience, sharedTeamId }: MessageRow): SearchText => ({
  text: bodyText,
  audience,
  teamId: sharedTeamId,
});

/** By itself: files are put on it after it. */
export const insertMessage = (message: MessageRow): Statement => together([insertRows(ticketMessages, [message])]);

/** The same for a message on which nothing else of its commit hangs: those of many tickets become one statement. */
export const sayMessage = (message: MessageRow): Statement =>
  overRows({ name: 'message', rank: 4 }, [message], insertMessages);

const insertMessages = (messages: readonly MessageRow[]): Statement =>
  hanging('first', [insertRows(ticketMessages, messages)]);

/** A message as events tell it, without its words. */
export const messageFacts = (
  message: MessageRow,
  attachments: z.input<typeof EventFile>[] = [],
): z.input<typeof MessageFacts> => ({
  id: message.id,
  seq: message.seq,
  author: authorView({
    kind: message.authorKind,
    principalId: message.authorPrincipalId,
    contactId: message.authorContactId,
    name: message.authorName,
  }),
  via: message.via,
  attachments,
  redacted: message.redactedAt !== null,
  countsAsResponse: message.countsAsResponse,
});

export const eventMessage = (
  message: MessageRow,
  attachments: z.input<typeof EventFile>[] = [],
): z.input<typeof EventMessage> => ({ ...messageFacts(message, attachments), ...eventText(message.bodyText) });

/** Cut at a character boundary, so that an event stays within its bounds. */
export function eventText(text: string): { text: string; truncated: boolean } {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= EVENT_TEXT_BYTES) return { text, truncated: false };
  const cut = new TextDecoder('utf-8', { fatal: false }).decode(bytes.subarray(0, EVENT_TEXT_BYTES));
  return { text: cut.replace(/\ufffd+$/, ''), truncated: true };
}

/** Orders after every message before it, whatever the clock did: `(created_at, id)` equals `seq`. */
export const messageInstant = (now: Date, last: Date | null): Date =>
  last === null || now > last ? now : new Date(last.getTime() + 1);
