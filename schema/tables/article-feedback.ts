import { sql } from 'drizzle-orm';
import { boolean, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, createdAt, id, pk, updatedAt } from '../columns.ts';
import { fk, idx, pkOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { newest } from '../newest.ts';
import { kbArticles } from './help-center.ts';
import { principal } from './people.ts';

/** One verdict per proved customer, or per address and day; the hash of the address is emptied after a week. */
export const kbArticleFeedback = pgTable(
  'kb_article_feedback',
  {
    id: pk('hcfb'),
    articleId: id('hcart').notNull(),
    locale: text().notNull(),
    helpful: boolean().notNull(),
    comment: text(),
    principalId: id('prin'),
    visitorHash: bytea(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    fk(t.articleId, kbArticles.id, 'cascade'),
    fk(t.principalId, principal.id, 'cascade'),

    uniqueIdx([t.articleId, t.principalId], { where: sql`${t.principalId} is not null` }),
    uniqueIdx([t.articleId, t.visitorHash], { where: sql`${t.visitorHash} is not null` }),
    idx([t.articleId, newest(t.createdAt), newest(t.id)]),
    idx(t.principalId, { where: sql`${t.principalId} is not null` }),
    idx(t.createdAt, { where: sql`${t.visitorHash} is not null` }),

    textLength(t.locale, 2, 35),
    textLength(t.comment, 0, 1000),
    rule(t.visitorHash, 'visitor_hash', sql`octet_length(${t.visitorHash}) = 16`),
  ],
);

/** Kept by the difference in the commit of the feedback. */
export const kbArticleStats = pgTable(
  'kb_article_stats',
  {
    articleId: id('hcart').notNull(),
    helpful: integer().notNull().default(0),
    notHelpful: integer().notNull().default(0),
  },
  (t) => [
    pkOf(t.articleId),
    fk(t.articleId, kbArticles.id, 'cascade'),
    rule(t.helpful, 'counts', sql`${t.helpful} >= 0 and ${t.notHelpful} >= 0`),
  ],
);
