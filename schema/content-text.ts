import { sql } from 'drizzle-orm';
import { type AnyPgColumn, integer, text } from 'drizzle-orm/pg-core';
import { choice, id, tsvector, updatedAt } from './columns.ts';
import { TEXT_STAGES } from './content-values.ts';
import { idx, oneOf, rule, textLength } from './keys.ts';

/**
 * The text of an item in one locale and stage. `search` is kept by the verb (`search_doc` of the parts, weighted);
 * `sourceVersion` is the item's version whose default-locale text was translated.
 */
export const contentTextColumns = () => ({
  locale: text().notNull(),
  stage: choice(TEXT_STAGES).notNull(),
  title: text().notNull(),
  body: text().notNull(),
  search: tsvector().notNull(),
  sourceVersion: integer().notNull(),
  updatedBy: id('prin').notNull(),
  updatedAt: updatedAt(),
});

type ContentText = { [C in keyof ReturnType<typeof contentTextColumns>]: AnyPgColumn };

export const contentTextRules = (t: ContentText, table: string) => [
  idx(t.search, { name: `${table}_search_live_idx`, using: 'gin', where: sql`${t.stage} = 'live'` }),
  idx(t.search, { name: `${table}_search_draft_idx`, using: 'gin', where: sql`${t.stage} = 'draft'` }),
  textLength(t.locale, 2, 35),
  oneOf(t.stage, TEXT_STAGES),
  textLength(t.title, 1, 200),
  textLength(t.body, 0, 100_000),
  rule(t.sourceVersion, 'source_version', sql`${t.sourceVersion} >= 1`),
];
