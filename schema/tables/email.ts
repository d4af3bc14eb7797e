import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, bigint, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { bareUuid, bytea, choice, createdAt, id, instant, pk, revision, updatedAt } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { MESSAGE_AUDIENCES } from '../values.ts';
import { contacts } from './contacts.ts';
import { inboxChannels } from './inboxes.ts';
import {
  MAIL_DIRECTIONS,
  MAIL_KINDS,
  MAIL_KINDS_IN,
  MAIL_RECIPIENT_KINDS,
  MAIL_STATES,
  MAIL_STATES_IN,
  SUPPRESSION_REASONS,
  SUPPRESSION_SCOPES,
} from './integration-values.ts';
import { principal } from './people.ts';
import { ticketMessages } from './ticket-messages.ts';
import { tickets } from './tickets.ts';

const isLower = (column: AnyPgColumn): SQL => sql`${column} = lower(${column})`;
const among = (values: readonly string[]): SQL => sql.raw(values.map((value) => `'${value}'`).join(', '));

/** One per ticket and address: the reply address and the anchor that hold a conversation together. */
export const emailThreads = pgTable(
  'email_threads',
  {
    id: pk('mthr'),
    ticketId: id('tkt').notNull(),
    recipientKind: choice(MAIL_RECIPIENT_KINDS).notNull(),
    contactId: id('contact'),
    principalId: id('prin'),
    /** Null, like the subject, once erased. */
    address: text(),
    replyRef: bytea().notNull(),
    subject: text(),
    lastWireId: text(),
    /** The newest 20. */
    wireIds: text().array().notNull().default(sql`'{}'`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    revision: revision(),
  },
  (t) => [
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.contactId, contacts.id, 'set null'),
    fk(t.principalId, principal.id, 'set null'),
    key([t.ticketId, t.address]),
    key(t.replyRef),
    idx(t.contactId),
    idx(t.principalId),
    oneOf(t.recipientKind, MAIL_RECIPIENT_KINDS),
    textLength(t.address, 3, 254),
    textLength(t.subject, 0, 998),
    textLength(t.lastWireId, 1, 998),
    rule(t.address, 'address_lower', isLower(t.address)),
    rule(t.replyRef, 'reply_ref_size', sql`octet_length(${t.replyRef}) = 8`),
    rule(t.wireIds, 'wire_ids_count', sql`cardinality(${t.wireIds}) <= 20`),
  ],
);

/** Every mail in or out, without its body. The database itself refuses to write a customer about an internal message. */
export const emailMessages = pgTable(
  'email_messages',
  {
    id: pk('mail'),
    direction: choice(MAIL_DIRECTIONS).notNull(),
    kind: choice(MAIL_KINDS).notNull(),
    state: choice(MAIL_STATES).notNull(),
    /** The challenge, invitation or notification batch that wants the mail; `kind` says which. */
    refId: bareUuid(),
    channelId: id('ibch'),
    ticketId: id('tkt'),
    messageId: id('tmsg'),
    messageAudience: choice(MESSAGE_AUDIENCES),
    threadId: id('mthr'),
    recipientKind: choice(MAIL_RECIPIENT_KINDS),
    /** Addresses and subject are null once erased. */
    fromAddress: text(),
    toAddress: text(),
    subject: text(),
    wireId: text(),
    inReplyTo: text(),
    wireRefs: text().array().notNull().default(sql`'{}'`),
    provider: text(),
    providerId: text(),
    decision: jsonb().$type<Record<string, unknown>>(),
    rawKey: text(),
    sizeBytes: integer(),
    dedupeKey: text().notNull(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: instant(),
    leaseToken: bareUuid(),
    leaseUntil: instant(),
    lastError: text(),
    sentAt: instant(),
    finalAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.channelId, inboxChannels.id, 'set null'),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk([t.messageId, t.messageAudience], [ticketMessages.id, ticketMessages.audience], 'cascade'),
    fk(t.threadId, emailThreads.id, 'set null'),
    key(t.dedupeKey),
    idx(t.channelId),
    idx([t.messageId, t.messageAudience]),
    idx(t.threadId),
    idx(t.nextAttemptAt, { where: sql`${t.state} in ('queued', 'sending', 'retry')` }),
    idx([t.ticketId, t.createdAt, t.id]),
    idx(t.wireId),
    idx([t.provider, t.providerId]),
    idx([t.channelId, t.createdAt, t.id], {
      name: 'email_messages_quarantined_idx',
      where: sql`${t.state} = 'quarantined'`,
    }),
    idx([t.fromAddress, t.createdAt], { where: sql`${t.direction} = 'inbound'` }),
    idx(t.refId, { where: sql`${t.refId} is not null` }),
    idx(t.createdAt),
    oneOf(t.direction, MAIL_DIRECTIONS),
    oneOf(t.kind, MAIL_KINDS),
    oneOf(t.state, MAIL_STATES),
    oneOf(t.messageAudience, MESSAGE_AUDIENCES),
    oneOf(t.recipientKind, MAIL_RECIPIENT_KINDS),
    rule(t.kind, 'kind_by_direction', sql`(${t.direction} = 'inbound') = (${t.kind} in (${among(MAIL_KINDS_IN)}))`),
    rule(t.state, 'state_by_direction', sql`(${t.direction} = 'inbound') = (${t.state} in (${among(MAIL_STATES_IN)}))`),
    rule(t.messageAudience, 'message_pair', sql`num_nonnulls(${t.messageId}, ${t.messageAudience}) in (0, 2)`),
    // Said apart: with an unknown recipient kind the firewall's condition would be null, and a null check passes.
    rule(t.recipientKind, 'recipient_known', sql`${t.direction} = 'inbound' or ${t.recipientKind} is not null`),
    rule(
      t.messageAudience,
      'firewall',
      sql`${t.direction} = 'inbound' or ${t.recipientKind} = 'agent' or ${t.messageId} is null or ${t.messageAudience} = 'public'`,
    ),
    textLength(t.fromAddress, 1, 320),
    textLength(t.toAddress, 1, 320),
    textLength(t.subject, 0, 998),
    // Bytes, because an index entry has room for 2,704 of them.
    rule(t.wireId, 'wire_id_size', sql`octet_length(${t.wireId}) between 1 and 998`),
    textLength(t.inReplyTo, 1, 998),
    textLength(t.provider, 1, 40),
    textLength(t.providerId, 1, 300),
    textLength(t.rawKey, 1, 1024),
    textLength(t.dedupeKey, 1, 300),
    rule(t.fromAddress, 'from_address_lower', isLower(t.fromAddress)),
    rule(t.toAddress, 'to_address_lower', isLower(t.toAddress)),
    rule(t.wireRefs, 'wire_refs_count', sql`cardinality(${t.wireRefs}) <= 100`),
    rule(t.decision, 'decision_object', sql`jsonb_typeof(${t.decision}) = 'object'`),
    rule(t.sizeBytes, 'size_range', sql`${t.sizeBytes} >= 0`),
    rule(t.attempts, 'attempts_range', sql`${t.attempts} >= 0`),
    rule(t.leaseToken, 'lease_pair', sql`num_nonnulls(${t.leaseToken}, ${t.leaseUntil}) in (0, 2)`),
  ],
);

/** Whom not to write to. A lifted row stays as the proof; after an erasure the address is `sha256:<hex>`. */
export const emailSuppressions = pgTable(
  'email_suppressions',
  {
    id: pk('esup'),
    address: text().notNull(),
    reason: choice(SUPPRESSION_REASONS).notNull(),
    scope: choice(SUPPRESSION_SCOPES).notNull(),
    expiresAt: instant(),
    liftedAt: instant(),
    liftedBy: id('prin'),
    note: text(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIdx(t.address, { where: sql`${t.liftedAt} is null` }),
    oneOf(t.reason, SUPPRESSION_REASONS),
    oneOf(t.scope, SUPPRESSION_SCOPES),
    textLength(t.address, 3, 254),
    textLength(t.note, 0, 2000),
    rule(t.address, 'address_lower', isLower(t.address)),
    rule(t.liftedBy, 'lifted_pair', sql`${t.liftedBy} is null or ${t.liftedAt} is not null`),
  ],
);
