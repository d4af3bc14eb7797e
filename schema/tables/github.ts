import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { INSTALLATION_STATES, REPOSITORY_STATES, REPOSITORY_VISIBILITIES } from './integration-values.ts';
import { integrations } from './integrations.ts';

/** An installation of the App, with its token and what is left of its call budget. */
export const integrationInstallations = pgTable(
  'integration_installations',
  {
    id: pk('ghinst'),
    integrationId: id('int').notNull(),
    externalId: bigint({ mode: 'number' }).notNull(),
    accountId: bigint({ mode: 'number' }).notNull(),
    accountLogin: text().notNull(),
    accountType: text().notNull(),
    status: choice(INSTALLATION_STATES).notNull().default('pending'),
    permissions: jsonb().$type<Record<string, string>>().notNull().default({}),
    token: text(),
    tokenExpiresAt: instant(),
    /** Theoretical arrival time (GCRA) of the next creating call. */
    contentTat: instant(),
    nextCallAt: instant(),
    throttledUntil: instant(),
    throttleStreak: integer().notNull().default(0),
    coreRemaining: integer(),
    coreResetAt: instant(),
    deliveriesSeenUntil: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    revision: revision(),
  },
  (t) => [
    fk(t.integrationId, integrations.id, 'cascade'),
    key([t.integrationId, t.externalId]),
    oneOf(t.status, INSTALLATION_STATES),
    textLength(t.accountLogin, 1, 100),
    textLength(t.accountType, 1, 40),
    rule(t.externalId, 'ids_range', sql`${t.externalId} > 0 and ${t.accountId} > 0`),
    rule(t.permissions, 'permissions_object', sql`jsonb_typeof(${t.permissions}) = 'object'`),
    rule(t.token, 'token_sealed', sql`${t.token} like 'm1.%'`),
    rule(t.token, 'token_pair', sql`num_nonnulls(${t.token}, ${t.tokenExpiresAt}) in (0, 2)`),
    rule(t.throttleStreak, 'throttle_streak_range', sql`${t.throttleStreak} >= 0`),
    rule(t.coreRemaining, 'core_remaining_range', sql`${t.coreRemaining} >= 0`),
  ],
);

/** Identity is the numeric id: names, addresses and owners change. */
export const integrationRepositories = pgTable(
  'integration_repositories',
  {
    id: pk('ghrepo'),
    integrationId: id('int').notNull(),
    installationId: id('ghinst').notNull(),
    externalId: bigint({ mode: 'number' }).notNull(),
    nodeId: text().notNull(),
    fullName: text().notNull(),
    htmlUrl: text().notNull(),
    visibility: choice(REPOSITORY_VISIBILITIES).notNull(),
    archived: boolean().notNull().default(false),
    issuesEnabled: boolean().notNull().default(true),
    status: choice(REPOSITORY_STATES).notNull().default('available'),
    rules: jsonb().$type<Record<string, unknown>>().notNull().default({ schemaVersion: 1 }),
    position: integer().notNull().default(0),
    publicConfirmedAt: instant(),
    publicConfirmedBy: id('prin'),
    reconcileAt: instant(),
    issuesCursor: instant(),
    commentsCursor: instant(),
    issuesEtag: text(),
    commentsEtag: text(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    fk(t.integrationId, integrations.id, 'cascade'),
    fk(t.installationId, integrationInstallations.id, 'cascade'),
    key([t.integrationId, t.externalId]),
    idx(t.installationId),
    idx(t.reconcileAt, { where: sql`${t.status} = 'active'` }),
    idx(sql`lower(${t.fullName})`, { name: 'integration_repositories_full_name_idx' }),
    oneOf(t.visibility, REPOSITORY_VISIBILITIES),
    oneOf(t.status, REPOSITORY_STATES),
    textLength(t.nodeId, 1, 200),
    textLength(t.fullName, 3, 200),
    textLength(t.htmlUrl, 1, 2048),
    textLength(t.issuesEtag, 0, 1024),
    textLength(t.commentsEtag, 0, 1024),
    rule(t.externalId, 'external_id_range', sql`${t.externalId} > 0`),
    rule(t.position, 'position_range', sql`${t.position} >= 0`),
    rule(t.rules, 'rules_object', sql`jsonb_typeof(${t.rules}) = 'object'`),
    rule(t.rules, 'rules_size', sql`octet_length(${t.rules}::text) <= 32768`),
    rule(
      t.publicConfirmedBy,
      'confirmed_pair',
      sql`num_nonnulls(${t.publicConfirmedAt}, ${t.publicConfirmedBy}) in (0, 2)`,
    ),
  ],
);
