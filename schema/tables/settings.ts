import { sql } from 'drizzle-orm';
import { bigint, boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { digest, jsonObject } from '../checks.ts';
import { bytea, choice, id, instant, revision, updatedAt, version } from '../columns.ts';
import { hashId, idToUuid } from '../ids.ts';
import { oneOf, rule, textLength } from '../keys.ts';

/** The id of the one row of settings. */
export const SETTINGS_ID = hashId('set', ['workspace']);

/** The recurring works whose last run is watched; `/health` reads `tick`. */
export const HEARTBEATS = ['tick', 'reconcile', 'hourly', 'retention'] as const;

export const settings = pgTable(
  'settings',
  {
    id: id('set').primaryKey(),
    name: text().notNull().default('Workspace'),
    defaultTimeZone: text().notNull().default('UTC'),
    defaultLocale: text().notNull().default('en'),
    trustedOrigins: text().array().notNull().default(sql`'{}'`),
    mcpEnabled: boolean().notNull().default(true),
    retentionDays: jsonb().$type<Record<string, number>>().notNull().default({}),
    catalogueHash: bytea(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    rule(t.id, 'single', sql`${t.id} = ${sql.raw(`'${idToUuid(SETTINGS_ID)}'::uuid`)}`),
    textLength(t.name, 1, 120),
    textLength(t.defaultTimeZone, 1, 64),
    textLength(t.defaultLocale, 1, 35),
    rule(t.trustedOrigins, 'trusted_origins', sql`cardinality(${t.trustedOrigins}) <= 20`),
    jsonObject(t.retentionDays),
    digest(t.catalogueHash),
  ],
);

export const heartbeats = pgTable(
  'heartbeats',
  {
    name: choice(HEARTBEATS).primaryKey(),
    startedAt: instant(),
    finishedAt: instant(),
    lastError: text(),
    rowsDone: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    oneOf(t.name, HEARTBEATS),
    textLength(t.lastError, 0, 2000),
    rule(t.rowsDone, 'rows_done', sql`${t.rowsDone} >= 0`),
  ],
);
