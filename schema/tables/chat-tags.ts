import { sql } from 'drizzle-orm';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, pkOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { conversations } from './conversations.ts';

export const chatTags = pgTable(
  'chat_tags',
  {
    id: pk('ctag'),
    name: text().notNull(),
    color: text().notNull().default('#6b7280'),
    description: text(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    uniqueIdx(sql`lower(${t.name})`, { name: 'chat_tags_name_key' }),
    textLength(t.name, 1, 50),
    rule(t.color, 'color_shape', sql`${t.color} ~ '^#[0-9a-f]{6}$'`),
    textLength(t.description, 0, 500),
  ],
);

export const conversationTags = pgTable(
  'conversation_tags',
  { conversationId: id('conv').notNull(), chatTagId: id('ctag').notNull() },
  (t) => [
    pkOf(t.conversationId, t.chatTagId),
    fk(t.conversationId, conversations.id, 'cascade'),
    fk(t.chatTagId, chatTags.id, 'cascade'),
    idx([t.chatTagId, t.conversationId]),
  ],
);
