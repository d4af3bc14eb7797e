import { sql } from 'drizzle-orm';
import { boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk } from '../columns.ts';
import { SENDER_TYPES } from '../conversation-values.ts';
import { fk, idx, oneOf, pkOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { AUTHOR_KINDS } from '../values.ts';
import { conversations } from './conversations.ts';
import { principal } from './people.ts';
import { ticketMessages } from './ticket-messages.ts';

/** What a system message tells: a transition of the conversation, with the name of who made it as shown then. */
export interface ChatSystemText {
  kind: string;
  from: string | null;
  to: string | null;
  actorLabel: string | null;
}

export const chatMessages = pgTable(
  'chat_messages',
  {
    id: pk('cmsg'),
    conversationId: id('conv').notNull(),
    principalId: id('prin'),
    senderType: choice(SENDER_TYPES).notNull(),
    authorKind: choice(AUTHOR_KINDS).notNull(),
    content: text().notNull(),
    isInternal: boolean().notNull().default(false),
    system: jsonb().$type<ChatSystemText>(),
    dedupeKey: text(),
    createdAt: createdAt(),
    deletedAt: instant(),
    deletedByPrincipalId: id('prin'),
  },
  (t) => [
    fk(t.conversationId, conversations.id, 'cascade'),
    fk(t.principalId, principal.id, 'restrict'),
    fk(t.deletedByPrincipalId, principal.id, 'set null'),

    idx([t.conversationId, t.createdAt, t.id]),
    idx([t.conversationId, t.createdAt, t.id], {
      name: 'chat_messages_preview_idx',
      where: sql`${t.deletedAt} is null and not ${t.isInternal} and ${t.senderType} <> 'system'`,
    }),
    idx(t.principalId),
    idx(t.deletedByPrincipalId, { where: sql`${t.deletedByPrincipalId} is not null` }),
    uniqueIdx(t.dedupeKey, { where: sql`${t.dedupeKey} is not null` }),

    oneOf(t.senderType, SENDER_TYPES),
    oneOf(t.authorKind, AUTHOR_KINDS),
    rule(
      t.authorKind,
      'author',
      sql`(${t.senderType}, ${t.authorKind}) in (('visitor', 'customer'), ('agent', 'agent'), ('agent', 'automation'), ('system', 'system'))`,
    ),
    rule(t.principalId, 'principal', sql`(${t.principalId} is null) = (${t.senderType} = 'system')`),
    textLength(t.content, 1, 10_000),
    rule(t.isInternal, 'internal', sql`not ${t.isInternal} or ${t.senderType} = 'agent'`),
    rule(t.system, 'system_text', sql`(${t.system} is not null) = (${t.senderType} = 'system')`),
    rule(t.system, 'system', sql`jsonb_typeof(${t.system}) = 'object'`),
    textLength(t.dedupeKey, 1, 512),
  ],
);

/** Which chat message became which ticket message. */
export const conversationTicketMessages = pgTable(
  'conversation_ticket_messages',
  { ticketMessageId: id('tmsg').notNull(), chatMessageId: id('cmsg').notNull() },
  (t) => [
    pkOf(t.ticketMessageId),
    fk(t.ticketMessageId, ticketMessages.id, 'cascade'),
    fk(t.chatMessageId, chatMessages.id, 'cascade'),
    idx(t.chatMessageId),
  ],
);
