import { sql } from 'drizzle-orm';
import { bigint, boolean, date, jsonb, pgTable, smallint, text } from 'drizzle-orm/pg-core';
import { jsonArray } from '../checks.ts';
import { choice, createdAt, id, idArray, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, oneOf, rule, someOf, textLength, uniqueIdx } from '../keys.ts';
import { MESSAGE_AUDIENCES, type ValueOf } from '../values.ts';
import { principal } from './people.ts';

export const ENDPOINT_STATES = ['active', 'disabled'] as const;
export const DISABLED_REASONS = ['manual', 'failing', 'gone'] as const;
export const PAYLOAD_STYLES = ['full', 'thin'] as const;
export const SIGNINGS = ['hmac', 'ed25519', 'both'] as const;
export const ORDERINGS = ['none', 'per_entity'] as const;
export const RECOVERY_STATES = ['running', 'done', 'cancelled'] as const;
/** What a recovery sends again: deliveries that ended without success, and events that never had one. */
export const RECOVERABLE = ['dead', 'cancelled', 'missing'] as const;

/** An endpoint. It receives what its filters name and its owner may still see. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: pk('whk'),
    name: text().notNull(),
    url: text().notNull(),
    state: choice(ENDPOINT_STATES).notNull().default('active'),
    disabledReason: choice(DISABLED_REASONS),
    disabledAt: instant(),
    ownerPrincipalId: id('prin').notNull(),
    types: text().array().notNull(),
    audience: choice(MESSAGE_AUDIENCES).notNull().default('public'),
    inboxIds: idArray('inbox'),
    teamIds: idArray('team'),
    includeSilent: boolean().notNull().default(false),
    excludeActorIds: idArray('prin').notNull().default(sql`'{}'`),
    payloadVersion: date({ mode: 'string' }).notNull(),
    payloadStyle: choice(PAYLOAD_STYLES).notNull().default('full'),
    signing: choice(SIGNINGS).notNull().default('hmac'),
    ordering: choice(ORDERINGS).notNull().default('none'),
    maxInFlight: smallint().notNull().default(4),
    timeoutSeconds: smallint().notNull().default(15),
    secrets: text(),
    previousSecrets: text(),
    previousUntil: instant(),
    publicKeys: jsonb().$type<readonly string[]>().notNull().default([]),
    headers: text(),
    headerNames: text().array().notNull().default(sql`'{}'`),
    filtersFrom: bigint({ mode: 'number' }).notNull(),
    createdByPrincipalId: id('prin').notNull(),
    deletedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.ownerPrincipalId, principal.id, 'restrict'),
    idx(t.ownerPrincipalId),
    textLength(t.name, 1, 120),
    textLength(t.url, 1, 2048),
    oneOf(t.state, ENDPOINT_STATES),
    oneOf(t.disabledReason, DISABLED_REASONS),
    rule(
      t.state,
      'disabled',
      sql`(${t.state} = 'disabled') = (${t.disabledReason} is not null) and (${t.state} = 'disabled') = (${t.disabledAt} is not null)`,
    ),
    rule(t.types, 'types', sql`cardinality(${t.types}) between 1 and 200`),
    oneOf(t.audience, MESSAGE_AUDIENCES),
    // Null is "any"; an empty list must never come to mean that.
    rule(t.inboxIds, 'inbox_ids', sql`cardinality(${t.inboxIds}) between 1 and 100`),
    rule(t.teamIds, 'team_ids', sql`cardinality(${t.teamIds}) between 1 and 100`),
    rule(t.excludeActorIds, 'exclude_actor_ids', sql`cardinality(${t.excludeActorIds}) <= 20`),
    oneOf(t.payloadStyle, PAYLOAD_STYLES),
    oneOf(t.signing, SIGNINGS),
    oneOf(t.ordering, ORDERINGS),
    rule(t.maxInFlight, 'max_in_flight', sql`${t.maxInFlight} between 1 and 20`),
    rule(t.timeoutSeconds, 'timeout_seconds', sql`${t.timeoutSeconds} between 5 and 30`),
    rule(t.previousSecrets, 'previous', sql`(${t.previousSecrets} is null) = (${t.previousUntil} is null)`),
    jsonArray(t.publicKeys),
    rule(t.headerNames, 'header_names', sql`cardinality(${t.headerNames}) <= 10`),
    rule(t.filtersFrom, 'filters_from', sql`${t.filtersFrom} >= 0`),
    rule(
      t.deletedAt,
      'deleted',
      sql`${t.deletedAt} is null or (${t.secrets} is null and ${t.previousSecrets} is null and ${t.headers} is null)`,
    ),
  ],
);

/** A replay of a range of the stream to one endpoint. */
export const webhookRecoveries = pgTable(
  'webhook_recoveries',
  {
    id: pk('wrec'),
    webhookId: id('whk').notNull(),
    fromPosition: bigint({ mode: 'number' }).notNull(),
    toPosition: bigint({ mode: 'number' }).notNull(),
    cursor: bigint({ mode: 'number' }).notNull(),
    states: text().array().$type<ValueOf<typeof RECOVERABLE>[]>().notNull(),
    matched: bigint({ mode: 'number' }).notNull().default(0),
    state: choice(RECOVERY_STATES).notNull().default('running'),
    requestedByPrincipalId: id('prin').notNull(),
    heartbeatAt: instant().notNull().defaultNow(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    fk(t.webhookId, webhooks.id, 'cascade'),
    uniqueIdx(t.webhookId, { where: sql`${t.state} = 'running'` }),
    idx([t.webhookId, t.createdAt]),
    idx(t.updatedAt, { where: sql`${t.state} <> 'running'` }),
    rule(
      t.fromPosition,
      'positions',
      sql`${t.fromPosition} >= 0 and ${t.toPosition} >= 0 and ${t.cursor} >= 0 and ${t.matched} >= 0`,
    ),
    someOf(t.states, RECOVERABLE),
    rule(t.states, 'states_some', sql`cardinality(${t.states}) >= 1`),
    oneOf(t.state, RECOVERY_STATES),
  ],
);
