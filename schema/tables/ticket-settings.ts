import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, revision, version } from '../columns.ts';
import { oneOf, rule } from '../keys.ts';
import { ON_CLOSED_REPLY } from '../values.ts';

export const AGENT_NAME_FORMATS = ['first', 'full', 'team'] as const;

const MIB = 1024 * 1024;

export const ticketSettings = pgTable(
  'ticket_settings',
  {
    /** Always true, which makes this the only row. */
    singleton: boolean().primaryKey().default(true),
    /** Null: solved tickets never close by themselves. */
    autoCloseDays: integer().default(7),
    /** Null: a reply reopens without end; 0: never. */
    reopenWindowDays: integer(),
    onClosedReply: choice(ON_CLOSED_REPLY).notNull().default('follow_up'),
    /** Null: public messages may always be edited; 0: never. */
    editWindowMinutes: integer().default(15),
    agentNameFormat: choice(AGENT_NAME_FORMATS).notNull().default('first'),
    csatEnabled: boolean().notNull().default(false),
    csatDelayHours: integer().notNull().default(24),
    csatQuietDays: integer().notNull().default(7),
    purgeAfterDays: integer().notNull().default(30),
    attachmentMaxBytes: integer()
      .notNull()
      .default(25 * MIB),
    extraContentTypes: text().array().notNull().default(sql`'{}'`),
    orgByDomain: boolean().notNull().default(true),
    autoCreateOrganizations: boolean().notNull().default(false),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    rule(t.singleton, 'singleton', sql`${t.singleton}`),
    rule(t.autoCloseDays, 'auto_close_days', sql`${t.autoCloseDays} >= 0`),
    rule(t.reopenWindowDays, 'reopen_window_days', sql`${t.reopenWindowDays} >= 0`),
    oneOf(t.onClosedReply, ON_CLOSED_REPLY),
    rule(t.editWindowMinutes, 'edit_window_minutes', sql`${t.editWindowMinutes} >= 0`),
    oneOf(t.agentNameFormat, AGENT_NAME_FORMATS),
    rule(t.csatDelayHours, 'csat', sql`${t.csatDelayHours} >= 0 and ${t.csatQuietDays} >= 0`),
    rule(t.purgeAfterDays, 'purge_after_days', sql`${t.purgeAfterDays} between 7 and 365`),
    rule(t.attachmentMaxBytes, 'attachment_max_bytes', sql`${t.attachmentMaxBytes} > 0`),
    rule(t.extraContentTypes, 'extra_content_types', sql`cardinality(${t.extraContentTypes}) <= 100`),
  ],
);
