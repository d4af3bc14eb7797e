import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, jsonb, text } from 'drizzle-orm/pg-core';
import { choice, id, instant } from './columns.ts';
import { CONTENT_STATES } from './content-values.ts';
import type { Id } from './ids.ts';
import { oneOf, rule, textLength } from './keys.ts';

/** Whose authority a scheduled publication is judged by when it is due. */
export interface ScheduledBy {
  principalId: Id<'prin'>;
  apiKeyId: Id<'key'> | null;
}

/** What articles and changelog entries share: the way from draft to public and back. */
export const publishingColumns = () => ({
  slug: text().notNull(),
  state: choice(CONTENT_STATES).notNull().default('draft'),
  publishAt: instant(),
  unpublishAt: instant(),
  publishedAt: instant(),
  firstPublishedAt: instant(),
  scheduledBy: jsonb().$type<ScheduledBy>(),
  scheduleError: text(),
  authorPrincipalId: id('prin'),
  deletedAt: instant(),
});

type Publishing = { [C in keyof ReturnType<typeof publishingColumns>]: AnyPgColumn };

export const publishingRules = (t: Publishing) => [
  rule(t.slug, 'slug_shape', sql`${t.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(${t.slug}) <= 64`),
  oneOf(t.state, CONTENT_STATES),
  rule(t.publishAt, 'scheduled', sql`${t.state} <> 'scheduled' or ${t.publishAt} is not null`),
  rule(t.publishedAt, 'published', sql`${t.state} <> 'published' or ${t.publishedAt} is not null`),
  rule(t.unpublishAt, 'ends_after_start', sql`${t.unpublishAt} > ${t.publishAt}`),
  rule(t.scheduledBy, 'scheduled_by', sql`jsonb_typeof(${t.scheduledBy}) = 'object'`),
  textLength(t.scheduleError, 0, 2000),
];

/** The rows the due sweep and the purge look for. */
export const dueWhere = (t: Publishing): Record<'live' | 'scheduled' | 'ending' | 'trashed', SQL> => ({
  live: sql`${t.deletedAt} is null`,
  scheduled: sql`${t.state} = 'scheduled'`,
  ending: sql`${t.unpublishAt} is not null and ${t.state} = 'published'`,
  trashed: sql`${t.deletedAt} is not null`,
});
