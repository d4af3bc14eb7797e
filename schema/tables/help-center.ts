import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, idArray, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { contentTextColumns, contentTextRules } from '../content-text.ts';
import { fk, idx, pkOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { newest } from '../newest.ts';
import { dueWhere, publishingColumns, publishingRules } from '../publishing.ts';
import { principal } from './people.ts';

export const kbCategories = pgTable(
  'kb_categories',
  {
    id: pk('hccat'),
    parentId: id('hccat'),
    slug: text().notNull(),
    names: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
    descriptions: jsonb().$type<Readonly<Record<string, string>>>().notNull().default({}),
    icon: text(),
    position: integer().notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    deletedAt: instant(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.parentId, t.id, 'restrict'),
    idx([t.parentId, t.position, t.id]),
    uniqueIdx(t.slug, { where: sql`${t.deletedAt} is null` }),

    rule(t.parentId, 'parent', sql`${t.parentId} <> ${t.id}`),
    rule(t.slug, 'slug_shape', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(${t.slug}) <= 64`),
    rule(t.names, 'names', sql`jsonb_typeof(${t.names}) = 'object' and ${t.names} <> '{}'::jsonb`),
    rule(t.descriptions, 'descriptions', sql`jsonb_typeof(${t.descriptions}) = 'object'`),
    textLength(t.icon, 1, 64),
    rule(t.position, 'position', sql`${t.position} >= 0`),
  ],
);

export const kbArticles = pgTable(
  'kb_articles',
  {
    id: pk('hcart'),
    categoryId: id('hccat').notNull(),
    ...publishingColumns(),
    position: integer().notNull(),
    noindex: boolean().notNull().default(false),
    relatedIds: idArray('hcart').notNull().default(sql`'{}'`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => {
    const { live, scheduled, ending, trashed } = dueWhere(t);
    return [
      fk(t.categoryId, kbCategories.id, 'restrict'),
      fk(t.authorPrincipalId, principal.id, 'set null'),

      uniqueIdx(t.slug, { where: live }),
      idx(t.categoryId),
      idx([t.categoryId, t.position, t.id], { where: live }),
      idx([newest(t.publishedAt), newest(t.id)], { where: live }),
      idx([newest(t.updatedAt), newest(t.id)], { where: live }),
      idx(t.publishAt, { where: scheduled }),
      idx(t.unpublishAt, { where: ending }),
      idx(t.deletedAt, { where: trashed }),
      idx(t.authorPrincipalId, { where: sql`${t.authorPrincipalId} is not null` }),

      ...publishingRules(t),
      rule(t.position, 'position', sql`${t.position} >= 0`),
      rule(t.relatedIds, 'related_ids', sql`cardinality(${t.relatedIds}) <= 10`),
    ];
  },
);

export const kbArticleTexts = pgTable(
  'kb_article_texts',
  { articleId: id('hcart').notNull(), ...contentTextColumns(), description: text() },
  (t) => [
    pkOf(t.articleId, t.locale, t.stage),
    fk(t.articleId, kbArticles.id, 'cascade'),
    ...contentTextRules(t, 'kb_article_texts'),
    textLength(t.description, 0, 500),
  ],
);
