import { sql } from 'drizzle-orm';
import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { bareUuid, bytea, choice, createdAt, id, instant, pk, updatedAt } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { INBOUND_SOURCES, INBOUND_STATES, SYNC_OUTCOMES } from './integration-values.ts';
import { integrationTargets } from './integrations.ts';

/** What came in, stored before it is answered, processed once per `(source, dedupeKey)`. */
export const inboundDeliveries = pgTable(
  'inbound_deliveries',
  {
    id: pk('inbd'),
    source: choice(INBOUND_SOURCES).notNull(),
    dedupeKey: text().notNull(),
    targetId: id('itgt'),
    event: text(),
    action: text(),
    /** Repository id, mailbox. */
    scopeKey: text(),
    /** Issue id. */
    entityKey: text(),
    headers: jsonb().$type<Record<string, string>>().notNull().default({}),
    payload: bytea(),
    /** The object that holds a large payload; both are emptied when its days are over. */
    payloadKey: text(),
    sizeBytes: integer().notNull(),
    state: choice(INBOUND_STATES).notNull().default('received'),
    outcome: choice(SYNC_OUTCOMES),
    reason: text(),
    result: jsonb().$type<Record<string, unknown>>(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: instant().notNull().defaultNow(),
    leaseToken: bareUuid(),
    leaseUntil: instant(),
    processedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    fk(t.targetId, integrationTargets.id, 'set null'),
    key([t.source, t.dedupeKey]),
    idx(t.targetId),
    idx(t.nextAttemptAt, { where: sql`${t.state} in ('received', 'retry', 'processing')` }),
    idx([t.source, t.createdAt, t.id]),
    idx(t.createdAt),
    oneOf(t.source, INBOUND_SOURCES),
    oneOf(t.state, INBOUND_STATES),
    oneOf(t.outcome, SYNC_OUTCOMES),
    textLength(t.dedupeKey, 1, 300),
    textLength(t.event, 1, 100),
    textLength(t.action, 1, 100),
    textLength(t.scopeKey, 1, 320),
    textLength(t.entityKey, 1, 200),
    textLength(t.reason, 1, 200),
    textLength(t.payloadKey, 1, 1024),
    rule(t.headers, 'headers_object', sql`jsonb_typeof(${t.headers}) = 'object'`),
    rule(t.payload, 'payload_once', sql`num_nonnulls(${t.payload}, ${t.payloadKey}) <= 1`),
    rule(t.sizeBytes, 'size_range', sql`${t.sizeBytes} >= 0`),
    rule(t.result, 'result_object', sql`jsonb_typeof(${t.result}) = 'object'`),
    rule(t.attempts, 'attempts_range', sql`${t.attempts} >= 0`),
    rule(t.leaseToken, 'lease_pair', sql`num_nonnulls(${t.leaseToken}, ${t.leaseUntil}) in (0, 2)`),
  ],
);
