import { sql } from 'drizzle-orm';
import { type AnyPgColumn, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, revision, updatedAt, version } from '../columns.ts';
import { AUDIENCE_MODES, REDIRECT_KINDS } from '../content-values.ts';
import { fk, idx, oneOf, pkOf, rule, textLength } from '../keys.ts';
import { changelogEntries } from './changelog.ts';
import { kbArticles, kbCategories } from './help-center.ts';

/** Where an old slug leads. A live slug wins over a redirect. */
export const contentRedirects = pgTable(
  'content_redirects',
  {
    kind: choice(REDIRECT_KINDS).notNull(),
    slug: text().notNull(),
    articleId: id('hcart'),
    categoryId: id('hccat'),
    entryId: id('chg'),
  },
  (t) => [
    pkOf(t.kind, t.slug),
    fk(t.articleId, kbArticles.id, 'cascade'),
    fk(t.categoryId, kbCategories.id, 'cascade'),
    fk(t.entryId, changelogEntries.id, 'cascade'),
    idx(t.articleId, { where: sql`${t.articleId} is not null` }),
    idx(t.categoryId, { where: sql`${t.categoryId} is not null` }),
    idx(t.entryId, { where: sql`${t.entryId} is not null` }),

    oneOf(t.kind, REDIRECT_KINDS),
    rule(t.slug, 'slug_shape', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(${t.slug}) <= 64`),
    rule(
      t.kind,
      'target',
      sql`num_nonnulls(${t.articleId}, ${t.categoryId}, ${t.entryId}) = 1 and case ${t.kind} when 'article' then ${t.articleId} when 'category' then ${t.categoryId} else ${t.entryId} end is not null`,
    ),
  ],
);

/** One row: `singleton` is always true. */
export const contentSettings = pgTable(
  'content_settings',
  {
    singleton: boolean().primaryKey().default(true),
    defaultLocale: text().notNull().default('en'),
    locales: text().array().notNull().default(sql`'{en}'`),
    indexing: boolean().notNull().default(true),
    showAuthor: boolean().notNull().default(false),
    articleUrl: text(),
    entryUrl: text(),
    feedTitle: jsonb().$type<Readonly<Record<string, string>>>().notNull().default({}),
    feedDescription: jsonb().$type<Readonly<Record<string, string>>>().notNull().default({}),
    defaultEntryMode: choice(AUDIENCE_MODES).notNull().default('everyone'),
    purgeAfterDays: integer().notNull().default(30),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    rule(t.singleton, 'singleton', sql`${t.singleton}`),
    textLength(t.defaultLocale, 2, 35),
    rule(
      t.locales,
      'locales',
      sql`cardinality(${t.locales}) between 1 and 20 and ${t.defaultLocale} = any(${t.locales}) and array_position(${t.locales}, null) is null`,
    ),
    rule(t.articleUrl, 'article_url', slugTemplate(t.articleUrl)),
    rule(t.entryUrl, 'entry_url', slugTemplate(t.entryUrl)),
    rule(t.feedTitle, 'feed_title', sql`jsonb_typeof(${t.feedTitle}) = 'object'`),
    rule(t.feedDescription, 'feed_description', sql`jsonb_typeof(${t.feedDescription}) = 'object'`),
    oneOf(t.defaultEntryMode, AUDIENCE_MODES),
    rule(t.purgeAfterDays, 'purge_after_days', sql`${t.purgeAfterDays} between 7 and 365`),
  ],
);

function slugTemplate(url: AnyPgColumn) {
  return sql`${url} ~ '^https://' and position('{slug}' in ${url}) > 0 and char_length(${url}) <= 2048`;
}
