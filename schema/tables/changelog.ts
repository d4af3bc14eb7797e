import { sql } from 'drizzle-orm';
import { bigint, boolean, pgTable } from 'drizzle-orm/pg-core';
import { createdAt, id, pk, revision, updatedAt, version } from '../columns.ts';
import { contentTextColumns, contentTextRules } from '../content-text.ts';
import { fk, idx, pkOf, uniqueIdx } from '../keys.ts';
import { newest } from '../newest.ts';
import { dueWhere, publishingColumns, publishingRules } from '../publishing.ts';
import { principal } from './people.ts';

export const changelogEntries = pgTable(
  'changelog_entries',
  {
    id: pk('chg'),
    ...publishingColumns(),
    pinned: boolean().notNull().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => {
    const { live, scheduled, ending, trashed } = dueWhere(t);
    return [
      fk(t.authorPrincipalId, principal.id, 'set null'),

      uniqueIdx(t.slug, { where: live }),
      idx([newest(t.pinned), newest(t.publishedAt), newest(t.id)], {
        where: sql`${live} and ${t.state} = 'published'`,
      }),
      idx(t.publishAt, { where: scheduled }),
      idx(t.unpublishAt, { where: ending }),
      idx(t.deletedAt, { where: trashed }),
      idx(t.authorPrincipalId, { where: sql`${t.authorPrincipalId} is not null` }),

      ...publishingRules(t),
    ];
  },
);

export const changelogEntryTexts = pgTable(
  'changelog_entry_texts',
  { entryId: id('chg').notNull(), ...contentTextColumns() },
  (t) => [
    pkOf(t.entryId, t.locale, t.stage),
    fk(t.entryId, changelogEntries.id, 'cascade'),
    ...contentTextRules(t, 'changelog_entry_texts'),
  ],
);
