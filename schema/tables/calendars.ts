import { sql } from 'drizzle-orm';
import { bigint, integer, jsonb, type PgTableExtraConfigValue, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, pkOf, rule, textLength, uniqueIdx } from '../keys.ts';
import type { StoredHoliday, StoredOverride, StoredWeek } from './sla-shapes.ts';

/** IANA zones as data, so that no two isolates compute with different zone laws. */
export const timeZones = pgTable(
  'time_zones',
  {
    name: text().primaryKey(),
    canonical: text().notNull(),
    tzdataVersion: text().notNull(),
    /** Epoch seconds. */
    transitions: bigint({ mode: 'number' }).array().notNull().default(sql`'{}'`),
    /** Seconds east of UTC: before the first transition, then after each. */
    offsets: integer().array().notNull(),
    coversUntil: instant().notNull(),
  },
  (t) => [
    textLength(t.name, 1, 64),
    textLength(t.canonical, 1, 64),
    textLength(t.tzdataVersion, 1, 20),
    rule(t.offsets, 'offsets_count', sql`cardinality(${t.offsets}) = cardinality(${t.transitions}) + 1`),
  ],
);

export const businessHours = pgTable(
  'business_hours',
  {
    id: pk('bh'),
    name: text().notNull(),
    timeZone: text().notNull(),
    weekly: jsonb().$type<StoredWeek>().notNull(),
    overrides: jsonb().$type<StoredOverride[]>().notNull().default([]),
    /** Null only inside the commit that makes the calendar: it and its first snapshot name each other. */
    snapshotId: id('csnap'),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t): PgTableExtraConfigValue[] => [
    fk(t.timeZone, timeZones.name, 'restrict'),
    fk(t.snapshotId, calendarSnapshots.id, 'restrict'),
    uniqueIdx(sql`lower(${t.name})`, { name: 'business_hours_name_key', where: sql`${t.archivedAt} is null` }),
    idx(t.timeZone),
    idx(t.snapshotId),
    textLength(t.name, 1, 120),
    rule(t.weekly, 'weekly_object', sql`jsonb_typeof(${t.weekly}) = 'object'`),
    rule(t.overrides, 'overrides_array', sql`jsonb_typeof(${t.overrides}) = 'array'`),
    rule(t.overrides, 'overrides_size', sql`octet_length(${t.overrides}::text) <= 65536`),
  ],
);

export const holidaySets = pgTable(
  'holiday_sets',
  {
    id: pk('hol'),
    name: text().notNull(),
    entries: jsonb().$type<StoredHoliday[]>().notNull().default([]),
    timeZone: text(),
    feedUrl: text(),
    feedEtag: text(),
    feedFetchedAt: instant(),
    feedFailingSince: instant(),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.timeZone, timeZones.name, 'restrict'),
    uniqueIdx(sql`lower(${t.name})`, { name: 'holiday_sets_name_key', where: sql`${t.archivedAt} is null` }),
    idx(t.timeZone),
    textLength(t.name, 1, 120),
    textLength(t.feedUrl, 1, 2048),
    textLength(t.feedEtag, 0, 1024),
    rule(t.feedUrl, 'feed_url_https', sql`${t.feedUrl} like 'https://%'`),
    rule(t.entries, 'entries_array', sql`jsonb_typeof(${t.entries}) = 'array'`),
    rule(t.entries, 'entries_size', sql`octet_length(${t.entries}::text) <= 131072`),
  ],
);

export const businessHoursHolidaySets = pgTable(
  'business_hours_holiday_sets',
  {
    businessHoursId: id('bh').notNull(),
    holidaySetId: id('hol').notNull(),
  },
  (t) => [
    pkOf(t.businessHoursId, t.holidaySetId),
    fk(t.businessHoursId, businessHours.id, 'cascade'),
    fk(t.holidaySetId, holidaySets.id, 'restrict'),
    idx(t.holidaySetId),
  ],
);

/** What a calendar said when a clock took it: inserted only, kept, so every deadline can be computed again. */
export const calendarSnapshots = pgTable(
  'calendar_snapshots',
  {
    id: pk('csnap'),
    businessHoursId: id('bh').notNull(),
    content: jsonb().$type<Record<string, unknown>>().notNull(),
    contentHash: bytea().notNull(),
    tzdataVersion: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    fk(t.businessHoursId, businessHours.id, 'restrict'),
    key(t.contentHash),
    idx(t.businessHoursId),
    textLength(t.tzdataVersion, 1, 20),
    rule(t.content, 'content_object', sql`jsonb_typeof(${t.content}) = 'object'`),
    rule(t.content, 'content_size', sql`octet_length(${t.content}::text) <= 262144`),
    rule(t.contentHash, 'content_hash_size', sql`octet_length(${t.contentHash}) = 32`),
  ],
);
