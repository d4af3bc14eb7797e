import { pgTable, text } from 'drizzle-orm/pg-core';
import { lowerCase } from '../checks.ts';
import { choice } from '../columns.ts';
import { oneOf } from '../keys.ts';

export const SUFFIX_KINDS = ['rule', 'wildcard', 'exception'] as const;
export const FREE_MAIL_SOURCES = ['shipped', 'custom'] as const;

/** The Public Suffix List (publicsuffix.org), private section included, reconciled from the repository's data. */
export const publicSuffixes = pgTable(
  'public_suffixes',
  {
    suffix: text().primaryKey(),
    kind: choice(SUFFIX_KINDS).notNull(),
  },
  (t) => [lowerCase(t.suffix), oneOf(t.kind, SUFFIX_KINDS)],
);

/** Domains whose addresses say nothing about an employer. */
export const freeMailDomains = pgTable(
  'free_mail_domains',
  {
    domain: text().primaryKey(),
    source: choice(FREE_MAIL_SOURCES).notNull(),
  },
  (t) => [lowerCase(t.domain), oneOf(t.source, FREE_MAIL_SOURCES)],
);
