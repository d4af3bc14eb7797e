import { sql } from 'drizzle-orm';
import { bigint, boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { INTEGRATION_PROVIDERS, INTEGRATION_STATES, TARGET_DIRECTIONS, TARGET_STATES } from './integration-values.ts';
import { principal } from './people.ts';

/** One connection per provider. Its secrets stand apart, so no ordinary read of a connection selects them. */
export const integrations = pgTable(
  'integrations',
  {
    id: pk('int'),
    provider: choice(INTEGRATION_PROVIDERS).notNull(),
    label: text().notNull(),
    status: choice(INTEGRATION_STATES).notNull().default('pending'),
    statusReason: text(),
    config: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    principalId: id('prin').notNull(),
    lastError: text(),
    lastErrorAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.principalId, principal.id, 'restrict'),
    key(t.provider),
    key(t.principalId),
    oneOf(t.provider, INTEGRATION_PROVIDERS),
    oneOf(t.status, INTEGRATION_STATES),
    textLength(t.label, 1, 80),
    textLength(t.statusReason, 1, 200),
    rule(t.config, 'config_object', sql`jsonb_typeof(${t.config}) = 'object'`),
  ],
);

export const integrationPlatformCredentials = pgTable(
  'integration_platform_credentials',
  {
    integrationId: id('int').primaryKey(),
    secrets: text().notNull(),
    /** Field → instant, what an answer may say about a secret. */
    setAt: jsonb().$type<Record<string, string>>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    revision: revision(),
  },
  (t) => [
    fk(t.integrationId, integrations.id, 'cascade'),
    rule(t.secrets, 'secrets_sealed', sql`${t.secrets} like 'm1.%'`),
    rule(t.setAt, 'set_at_object', sql`jsonb_typeof(${t.setAt}) = 'object'`),
  ],
);

export const integrationTargets = pgTable(
  'integration_targets',
  {
    id: pk('itgt'),
    integrationId: id('int').notNull(),
    direction: choice(TARGET_DIRECTIONS).notNull(),
    name: text().notNull(),
    status: choice(TARGET_STATES).notNull().default('active'),
    config: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    secret: text(),
    secretPrevious: text(),
    previousUntil: instant(),
    lastUsedAt: instant(),
    lastError: text(),
    deletedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    fk(t.integrationId, integrations.id, 'cascade'),
    uniqueIdx([t.integrationId, sql`lower(${t.name})`], {
      name: 'integration_targets_integration_id_name_key',
      where: sql`${t.deletedAt} is null`,
    }),
    idx(t.integrationId),
    oneOf(t.direction, TARGET_DIRECTIONS),
    oneOf(t.status, TARGET_STATES),
    textLength(t.name, 1, 80),
    rule(t.config, 'config_object', sql`jsonb_typeof(${t.config}) = 'object'`),
    rule(t.secret, 'secret_sealed', sql`${t.secret} like 'm1.%'`),
    rule(t.secretPrevious, 'secret_previous_sealed', sql`${t.secretPrevious} like 'm1.%'`),
    rule(t.secretPrevious, 'previous_pair', sql`num_nonnulls(${t.secretPrevious}, ${t.previousUntil}) in (0, 2)`),
  ],
);

export const integrationEventMappings = pgTable(
  'integration_event_mappings',
  {
    id: pk('evmap'),
    targetId: id('itgt').notNull(),
    /** A type of the event catalogue, or `*`; the exact type wins. */
    eventType: text().notNull(),
    filters: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    template: text(),
    enabled: boolean().notNull().default(true),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    fk(t.targetId, integrationTargets.id, 'cascade'),
    key([t.targetId, t.eventType]),
    idx([t.eventType, t.targetId], { where: sql`${t.enabled}` }),
    textLength(t.template, 0, 4000),
    rule(
      t.eventType,
      'event_type_shape',
      sql`${t.eventType} = '*' or (${t.eventType} ~ '^[a-z_]+([.][a-z_]+)+$' and char_length(${t.eventType}) <= 100)`,
    ),
    rule(t.filters, 'filters_object', sql`jsonb_typeof(${t.filters}) = 'object'`),
  ],
);
