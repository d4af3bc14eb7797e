import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { key, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { STATUS_CATEGORIES } from '../values.ts';

export const ticketStatuses = pgTable(
  'ticket_statuses',
  {
    id: pk('tstat'),
    name: text().notNull(),
    slug: text().notNull(),
    color: text().notNull(),
    category: choice(STATUS_CATEGORIES).notNull(),
    publicLabel: text(),
    position: integer().notNull().default(0),
    isDefault: boolean().notNull().default(false),
    isSystem: boolean().notNull().default(false),
    deletedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    key([t.id, t.category]),
    uniqueIdx(t.slug, { where: sql`${t.deletedAt} is null` }),
    uniqueIdx(t.category, { where: sql`${t.isDefault} and ${t.deletedAt} is null` }),
    textLength(t.name, 1, 50),
    textLength(t.publicLabel, 1, 50),
    rule(t.slug, 'slug_shape', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(${t.slug}) <= 64`),
    rule(t.color, 'color_shape', sql`${t.color} ~ '^#[0-9a-f]{6}$'`),
    oneOf(t.category, STATUS_CATEGORIES),
    rule(t.position, 'position', sql`${t.position} >= 0`),
    rule(t.deletedAt, 'deleted', sql`${t.deletedAt} is null or not (${t.isDefault} or ${t.isSystem})`),
  ],
);
