import { sql } from 'drizzle-orm';
import { bigint, boolean, date, jsonb, pgTable, smallint, text } from 'drizzle-orm/pg-core';
import { eventName, jsonObject, snakeWord } from '../checks.ts';
import { bareUuid, bytea, choice, createdAt, id, idArray, instant, updatedAt } from '../columns.ts';
import { fk, idx, key, oneOf, pkOf, rule, textLength } from '../keys.ts';
import { ACTOR_KINDS, MESSAGE_AUDIENCES, SINKS, SURFACES } from '../values.ts';

/** The cursors of the stream: every sink, and `stream` itself, whose position is the head. */
export const STREAM_CURSORS = ['stream', ...SINKS] as const;

/** The outbox. Append-only but for what dispatch gives once (position) and erasure takes (payload, label). */
export const events = pgTable(
  'events',
  {
    seq: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: id('evt').notNull().default(sql`uuidv7()`),
    position: bigint({ mode: 'number' }),
    type: text().notNull(),
    schemaVersion: date({ mode: 'string' }).notNull(),
    entityType: text().notNull(),
    entityId: bareUuid().notNull(),
    entitySeq: bigint({ mode: 'number' }).notNull(),
    audience: choice(MESSAGE_AUDIENCES).notNull().default('internal'),
    audienceTeamId: id('team'),
    inboxIds: idArray('inbox').notNull().default(sql`'{}'`),
    teamIds: idArray('team').notNull().default(sql`'{}'`),
    actorKind: choice(ACTOR_KINDS).notNull(),
    actorId: bareUuid(),
    actorLabel: text(),
    surface: choice(SURFACES).notNull(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    erasedAt: instant(),
    origin: id('int'),
    originRef: text(),
    silent: boolean().notNull().default(false),
    test: boolean().notNull().default(false),
    causationId: bareUuid(),
    depth: smallint().notNull().default(0),
    requestId: id('req'),
    dedupeKey: text(),
    occurredAt: instant().notNull(),
    recordedAt: instant().notNull().defaultNow(),
    dispatchedAt: instant(),
  },
  (t) => [
    key(t.id),
    key([t.entityId, t.entitySeq]),
    key(t.position),
    key(t.dedupeKey),
    eventName(t.type),
    snakeWord(t.entityType),
    rule(t.entitySeq, 'entity_seq', sql`${t.entitySeq} > 0`),
    rule(t.position, 'position', sql`${t.position} is null or (${t.position} > 0 and not ${t.test})`),
    rule(t.dispatchedAt, 'dispatched', sql`(${t.position} is null) = (${t.dispatchedAt} is null)`),
    oneOf(t.audience, MESSAGE_AUDIENCES),
    rule(t.audienceTeamId, 'audience_team', sql`(${t.audience} = 'shared_team') = (${t.audienceTeamId} is not null)`),
    oneOf(t.actorKind, ACTOR_KINDS),
    oneOf(t.surface, SURFACES),
    jsonObject(t.payload, 64),
    textLength(t.originRef, 1, 200),
    rule(t.depth, 'depth', sql`${t.depth} between 0 and 100`),
    textLength(t.dedupeKey, 1, 200),
    idx(t.seq, { where: sql`${t.position} is null and not ${t.test}` }),
    idx([t.type, t.position]),
    idx(t.causationId, { where: sql`${t.causationId} is not null` }),
    idx(t.dispatchedAt),
  ],
);

export const eventSinks = pgTable(
  'event_sinks',
  {
    sink: choice(STREAM_CURSORS).primaryKey(),
    position: bigint({ mode: 'number' }).notNull().default(0),
    updatedAt: updatedAt(),
    failingSince: instant(),
    lastError: text(),
    retryAt: instant(),
  },
  (t) => [
    oneOf(t.sink, STREAM_CURSORS),
    rule(t.position, 'position', sql`${t.position} >= 0`),
    textLength(t.lastError, 0, 2000),
  ],
);

/** The exact bytes that every attempt, redelivery and recovery of an event sends. Written once. */
export const eventBodies = pgTable(
  'event_bodies',
  {
    eventId: id('evt').notNull(),
    payloadVersion: date({ mode: 'string' }).notNull(),
    form: text().notNull(),
    bytes: bytea().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    pkOf(t.eventId, t.payloadVersion, t.form),
    fk(t.eventId, events.id, 'cascade'),
    rule(t.form, 'form_shape', sql`${t.form} ~ '^(public|internal|shared_team)[.](full|thin)$'`),
    rule(t.bytes, 'bytes_size', sql`octet_length(${t.bytes}) <= 98304`),
  ],
);
