import { sql } from 'drizzle-orm';
import { jsonb, pgTable, smallint, text } from 'drizzle-orm/pg-core';
import { bytea, choice, instant } from '../columns.ts';
import { idx, oneOf, pkOf, rule, textLength } from '../keys.ts';

/** What a repeated request gets: the stored answer, or a conflict where the first answer held a secret. */
export const ON_REPLAYS = ['answer', 'conflict'] as const;

/** Answers of the last 24 hours. Without foreign key: a row outlives its caller and blocks no delete. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    caller: text().notNull(),
    key: text().notNull(),
    operation: text().notNull(),
    requestHash: bytea().notNull(),
    status: smallint().notNull(),
    headers: jsonb().$type<Readonly<Record<string, string>>>().notNull().default({}),
    body: text(),
    onReplay: choice(ON_REPLAYS).notNull().default('answer'),
    requestId: text().notNull(),
    createdAt: instant().notNull(),
    expiresAt: instant().notNull(),
  },
  (t) => [
    pkOf(t.caller, t.key),
    idx(t.expiresAt),
    textLength(t.caller, 1, 64),
    rule(t.key, 'key_shape', sql`${t.key} ~ '^[!-~]{1,255}$'`),
    textLength(t.operation, 1, 120),
    rule(t.requestHash, 'request_hash', sql`octet_length(${t.requestHash}) = 32`),
    rule(t.status, 'status', sql`${t.status} between 200 and 299`),
    rule(t.headers, 'headers', sql`jsonb_typeof(${t.headers}) = 'object'`),
    textLength(t.body, 0, 262_144),
    oneOf(t.onReplay, ON_REPLAYS),
    textLength(t.requestId, 1, 64),
    rule(t.expiresAt, 'lifetime', sql`${t.expiresAt} = ${t.createdAt} + interval '24 hours'`),
  ],
);
