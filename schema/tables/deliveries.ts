import { sql } from 'drizzle-orm';
import { bigint, boolean, customType, integer, jsonb, pgTable, smallint, text } from 'drizzle-orm/pg-core';
import { jsonObject, snakeWord } from '../checks.ts';
import { bareUuid, choice, createdAt, id, instant, pk } from '../columns.ts';
import { fk, idx, key, oneOf, pkOf, rule, textLength } from '../keys.ts';
import { DELIVERY_OUTCOMES, DELIVERY_STATES } from '../values.ts';
import { events } from './events.ts';

/** The sinks whose effects are deliveries; the others keep ledgers of their own. */
export const DELIVERY_SINKS = ['webhook', 'chat', 'github', 'sla_escalation', 'routing'] as const;
export const SERVICE_METRICS = [
  'dispatch',
  'delivery',
  'first_attempt',
  'endpoint_latency',
  'notify_mail',
  'seal',
] as const;

/** `infinity` waits for a predecessor, which a JavaScript `Date` cannot say. */
const dueInstant = customType<{ data: Date | 'infinity'; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (value) => (value === 'infinity' ? value : value.toISOString()),
  fromDriver: (value) => (value === 'infinity' ? value : new Date(value)),
});

/** Breaker, lane and streaks of a target. Telemetry, not truth: the target may be gone. */
export const deliveryHealth = pgTable(
  'delivery_health',
  {
    targetId: bareUuid().primaryKey(),
    sink: choice(DELIVERY_SINKS).notNull(),
    consecutiveFailures: integer().notNull().default(0),
    failuresSinceSuccess: integer().notNull().default(0),
    failingSince: instant(),
    breakerUntil: instant(),
    breakerStep: smallint().notNull().default(0),
    slow: boolean().notNull().default(false),
    slowStreak: smallint().notNull().default(0),
    quickStreak: smallint().notNull().default(0),
    lastSuccessAt: instant(),
    lastFailureAt: instant(),
    lastOutcome: choice(DELIVERY_OUTCOMES),
    notices: smallint().notNull().default(0),
    heldFrom: bigint({ mode: 'number' }),
  },
  (t) => [
    oneOf(t.sink, DELIVERY_SINKS),
    oneOf(t.lastOutcome, DELIVERY_OUTCOMES),
    rule(
      t.consecutiveFailures,
      'counts',
      sql`least(${t.consecutiveFailures}, ${t.failuresSinceSuccess}, ${t.breakerStep}, ${t.slowStreak}, ${t.quickStreak}, ${t.notices}) >= 0`,
    ),
    rule(t.heldFrom, 'held_from', sql`${t.heldFrom} >= 0`),
  ],
);

/** One per event, sink and target, whose hash is its id: however often fan-out runs, there is one. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: id('dlv').primaryKey(),
    eventId: id('evt').notNull(),
    position: bigint({ mode: 'number' }),
    sink: choice(DELIVERY_SINKS).notNull(),
    targetId: bareUuid().notNull(),
    entityId: bareUuid().notNull(),
    entitySeq: bigint({ mode: 'number' }).notNull(),
    previousSeq: bigint({ mode: 'number' }),
    state: choice(DELIVERY_STATES).notNull().default('pending'),
    reason: text(),
    round: smallint().notNull().default(1),
    attempts: smallint().notNull().default(0),
    recovery: boolean().notNull().default(false),
    nextAttemptAt: dueInstant(),
    leaseToken: bareUuid(),
    lastStatus: smallint(),
    lastOutcome: choice(DELIVERY_OUTCOMES),
    createdAt: createdAt(),
    firstAttemptAt: instant(),
    endedAt: instant(),
  },
  (t) => {
    const open = sql`${t.state} in ('pending', 'retry', 'sending')`;
    return [
      fk(t.eventId, events.id, 'cascade'),
      oneOf(t.sink, DELIVERY_SINKS),
      oneOf(t.state, DELIVERY_STATES),
      oneOf(t.lastOutcome, DELIVERY_OUTCOMES),
      snakeWord(t.reason),
      rule(t.position, 'position', sql`${t.position} > 0`),
      rule(t.entitySeq, 'entity_seq', sql`${t.entitySeq} > 0`),
      rule(t.previousSeq, 'previous_seq', sql`${t.previousSeq} > 0 and ${t.previousSeq} < ${t.entitySeq}`),
      rule(t.round, 'counts', sql`${t.round} >= 1 and ${t.attempts} >= 0`),
      rule(
        t.endedAt,
        'ended',
        sql`(${t.state} in ('delivered', 'dead', 'cancelled')) = (${t.endedAt} is not null) and (${t.endedAt} is null) = (${t.nextAttemptAt} is not null)`,
      ),
      idx([t.targetId, t.recovery, t.nextAttemptAt, t.id], { name: 'deliveries_claim_idx', where: open }),
      idx(t.targetId, { name: 'deliveries_in_flight_idx', where: sql`${t.state} = 'sending'` }),
      idx([t.targetId, t.entityId, t.entitySeq], { where: open }),
      idx([t.targetId, t.createdAt, t.id]),
      idx([t.targetId, t.state, t.createdAt, t.id]),
      idx(t.eventId),
      idx(t.endedAt, { where: sql`${t.endedAt} is not null` }),
    ];
  },
);

/** The log of attempts. Append-only and without foreign keys: it outlives deliveries and endpoints. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: pk('wdel'),
    deliveryId: id('dlv').notNull(),
    targetId: bareUuid().notNull(),
    round: smallint().notNull(),
    attempt: smallint().notNull(),
    outcome: choice(DELIVERY_OUTCOMES).notNull(),
    httpStatus: smallint(),
    latencyMs: bigint({ mode: 'number' }),
    requestBytes: integer(),
    urlHost: text(),
    responseHeaders: jsonb().$type<Record<string, string>>(),
    responseBody: text(),
    retryAfterSeconds: integer(),
    startedAt: instant().notNull(),
    nextAttemptAt: instant(),
  },
  (t) => [
    key([t.deliveryId, t.round, t.attempt]),
    oneOf(t.outcome, DELIVERY_OUTCOMES),
    rule(t.round, 'counts', sql`${t.round} >= 1 and ${t.attempt} >= 1`),
    rule(t.latencyMs, 'measures', sql`least(${t.latencyMs}, ${t.requestBytes}, ${t.retryAfterSeconds}) >= 0`),
    textLength(t.urlHost, 1, 253),
    jsonObject(t.responseHeaders, 1),
    textLength(t.responseBody, 0, 2048),
    idx([t.targetId, t.startedAt, t.id]),
    idx(t.startedAt),
  ],
);

/** Service numbers: per metric, target and hour a histogram of 96 buckets, `10 ms × 2^(i/4)`. The nil id is the workspace. */
export const serviceHours = pgTable(
  'service_hours',
  {
    metric: choice(SERVICE_METRICS).notNull(),
    targetId: bareUuid().notNull(),
    hour: instant().notNull(),
    count: bigint({ mode: 'number' }).notNull().default(0),
    failed: bigint({ mode: 'number' }).notNull().default(0),
    buckets: bigint({ mode: 'number' }).array().notNull(),
  },
  (t) => [
    pkOf(t.metric, t.targetId, t.hour),
    idx(t.hour),
    oneOf(t.metric, SERVICE_METRICS),
    rule(t.count, 'counts', sql`${t.count} >= 0 and ${t.failed} >= 0`),
    rule(t.buckets, 'buckets', sql`cardinality(${t.buckets}) = 96`),
  ],
);
