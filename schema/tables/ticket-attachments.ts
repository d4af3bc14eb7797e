import { sql } from 'drizzle-orm';
import { boolean, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { digest } from '../checks.ts';
import { bytea, choice, createdAt, id, instant, pk } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { ACTOR_KINDS } from '../values.ts';
import { ticketMessages } from './ticket-messages.ts';
import { tickets } from './tickets.ts';

export const ATTACHMENT_STATES = ['staged', 'attached'] as const;
export const ATTACHMENT_PURPOSES = ['message', 'import', 'export'] as const;

export const ticketAttachments = pgTable(
  'ticket_attachments',
  {
    id: pk('tatt'),
    ticketId: id('tkt'),
    messageId: id('tmsg'),
    state: choice(ATTACHMENT_STATES).notNull().default('staged'),
    purpose: choice(ATTACHMENT_PURPOSES).notNull().default('message'),
    ...actorColumns(),
    filename: text().notNull(),
    declaredType: text(),
    contentType: text().notNull(),
    unsafe: boolean().notNull().default(false),
    sizeBytes: integer().notNull(),
    sha256: bytea().notNull(),
    storageKey: text().notNull(),
    expiresAt: instant(),
    attachedAt: instant(),
    deletedAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [
    key(t.storageKey),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.messageId, ticketMessages.id, 'cascade'),

    oneOf(t.state, ATTACHMENT_STATES),
    rule(
      t.state,
      'attached',
      sql`${t.state} <> 'attached' or (${t.ticketId} is not null and ${t.messageId} is not null)`,
    ),
    // The sweep finds staged files by their end, so one without an end would stay for ever.
    rule(t.expiresAt, 'staged_ends', sql`${t.state} <> 'staged' or ${t.expiresAt} is not null`),
    oneOf(t.purpose, ATTACHMENT_PURPOSES),
    oneOf(t.actorKind, ACTOR_KINDS),
    rule(t.filename, 'filename_bytes', sql`octet_length(${t.filename}) between 1 and 255`),
    textLength(t.declaredType, 0, 255),
    textLength(t.contentType, 1, 255),
    rule(t.sizeBytes, 'size_bytes', sql`${t.sizeBytes} > 0`),
    digest(t.sha256),

    idx(t.messageId),
    idx(t.ticketId),
    idx(t.expiresAt, { where: sql`${t.state} = 'staged'` }),
    idx(t.actorId, { where: sql`${t.state} = 'staged'` }),
  ],
);

/** Objects to delete from storage, written by the commit that orphaned them; keys that a live row has are skipped. */
export const objectDeletions = pgTable(
  'object_deletions',
  {
    storageKey: text().primaryKey(),
    notBefore: instant().notNull(),
    doneAt: instant(),
  },
  (t) => [
    idx(t.notBefore, { where: sql`${t.doneAt} is null` }),
    idx(t.doneAt, { where: sql`${t.doneAt} is not null` }),
  ],
);
