import { sql } from 'drizzle-orm';
import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { idx, rule, textLength, uniqueIdx } from '../keys.ts';

export const teams = pgTable(
  'teams',
  {
    id: pk('team'),
    slug: text().notNull(),
    name: text().notNull(),
    description: text(),
    shortLabel: text(),
    color: text(),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    uniqueIdx(t.slug, { where: sql`${t.archivedAt} is null` }),
    idx(t.id, { name: 'teams_archived_idx', where: sql`${t.archivedAt} is not null` }),
    textLength(t.name, 1, 120),
    textLength(t.description, 0, 2000),
    textLength(t.shortLabel, 1, 8),
    rule(t.slug, 'slug_shape', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(${t.slug}) <= 64`),
    rule(t.color, 'color_shape', sql`${t.color} ~ '^#[0-9a-f]{6}$'`),
  ],
);
