import { sql } from 'drizzle-orm';
import { bigint, inet, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { digest, eventName, jsonArray, jsonObject, snakeWord } from '../checks.ts';
import { bareUuid, bytea, choice, id, instant } from '../columns.ts';
import type { Id } from '../ids.ts';
import { idx, key, oneOf, rule, textLength } from '../keys.ts';
import { ACTOR_KINDS, SURFACES } from '../values.ts';

export const AUDIT_OUTCOMES = ['allowed', 'denied'] as const;

/** Who did what. Append-only; the last seven columns are private: erasure may blank them, and the seal covers only their digest. */
export const auditEvents = pgTable(
  'audit_events',
  {
    seq: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: id('aud').notNull().default(sql`uuidv7()`),
    actorKind: choice(ACTOR_KINDS).notNull(),
    actorId: bareUuid(),
    apiKeyId: id('key'),
    onBehalfOf: bareUuid(),
    grantedVia: jsonb().$type<readonly Id[]>(),
    action: text().notNull(),
    outcome: choice(AUDIT_OUTCOMES).notNull().default('allowed'),
    reason: text(),
    changedFields: text().array().notNull().default(sql`'{}'`),
    dedupeKey: text(),
    targetType: text(),
    targetId: bareUuid(),
    eventId: id('evt'),
    bulkJobId: id('bulk'),
    surface: choice(SURFACES).notNull(),
    requestId: id('req'),
    occurredAt: instant().notNull(),
    recordedAt: instant().notNull().defaultNow(),
    actorLabel: text(),
    targetLabel: text(),
    changes: jsonb().$type<Record<string, unknown>>(),
    ip: inet(),
    country: text(),
    userAgent: text(),
    clientName: text(),
  },
  (t) => [
    key(t.id),
    key(t.dedupeKey),
    oneOf(t.actorKind, ACTOR_KINDS),
    jsonArray(t.grantedVia),
    eventName(t.action),
    oneOf(t.outcome, AUDIT_OUTCOMES),
    textLength(t.reason, 1, 500),
    textLength(t.dedupeKey, 1, 200),
    snakeWord(t.targetType),
    rule(t.targetId, 'target', sql`${t.targetId} is null or ${t.targetType} is not null`),
    oneOf(t.surface, SURFACES),
    jsonObject(t.changes),
    rule(t.country, 'country_shape', sql`${t.country} ~ '^[A-Z0-9]{2}$'`),
    textLength(t.userAgent, 0, 512),
    textLength(t.clientName, 0, 100),
    idx([t.actorId, t.seq]),
    idx([t.targetId, t.seq]),
    idx([t.action, t.seq]),
    idx([t.apiKeyId, t.seq], { where: sql`${t.apiKeyId} is not null` }),
    idx([t.outcome, t.seq], { where: sql`${t.outcome} = 'denied'` }),
    idx(t.requestId),
    idx([t.recordedAt, t.seq]),
  ],
);

/** One per sealed audit row. Without foreign key: a leaf outlives its row. */
export const auditLeaves = pgTable(
  'audit_leaves',
  {
    auditSeq: bigint({ mode: 'number' }).primaryKey(),
    sealNo: bigint({ mode: 'number' }).notNull(),
    leafIndex: integer().notNull(),
    leafHash: bytea().notNull(),
    privateDigest: bytea().notNull(),
    privateSalt: bytea(),
  },
  (t) => [
    key([t.sealNo, t.leafIndex]),
    rule(t.leafIndex, 'leaf_index', sql`${t.leafIndex} >= 0`),
    digest(t.leafHash),
    digest(t.privateDigest),
    digest(t.privateSalt),
  ],
);

/** A signed Merkle root over a run of audit rows, chained to the one before. The primary key lets one sealer win. */
export const auditSeals = pgTable(
  'audit_seals',
  {
    no: bigint({ mode: 'number' }).primaryKey(),
    rows: integer().notNull(),
    firstSeq: bigint({ mode: 'number' }).notNull(),
    lastSeq: bigint({ mode: 'number' }).notNull(),
    root: bytea().notNull(),
    previousHash: bytea(),
    hash: bytea().notNull(),
    keyId: text().notNull(),
    publicKey: bytea().notNull(),
    signature: bytea().notNull(),
    sealedAt: instant().notNull(),
    purgedAt: instant(),
  },
  (t) => [
    rule(t.no, 'no', sql`${t.no} >= 1 and (${t.no} = 1) = (${t.previousHash} is null)`),
    rule(t.rows, 'rows', sql`${t.rows} >= 1 and ${t.firstSeq} <= ${t.lastSeq}`),
    digest(t.root),
    digest(t.previousHash),
    digest(t.hash),
    textLength(t.keyId, 1, 120),
    digest(t.publicKey),
    rule(t.signature, 'signature_size', sql`octet_length(${t.signature}) = 64`),
  ],
);
