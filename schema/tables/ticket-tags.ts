import { sql } from 'drizzle-orm';
import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, pkOf, rule, textLength } from '../keys.ts';
import { lensActivity } from '../lens-activity.ts';
import { newest } from '../newest.ts';
import { tickets } from './tickets.ts';

export const ticketTags = pgTable(
  'ticket_tags',
  {
    id: pk('ttag'),
    /** Folded: trimmed, NFKC, lower case, blanks turned into `-`. */
    name: text().notNull(),
    color: text(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    key(t.name),
    textLength(t.name, 1, 50),
    rule(t.name, 'name_folded', sql`${t.name} = lower(${t.name}) and ${t.name} !~ '\\s'`),
    rule(t.color, 'color_shape', sql`${t.color} ~ '^#[0-9a-f]{6}$'`),
  ],
);

export const ticketTagLinks = pgTable(
  'ticket_tag_links',
  {
    ticketId: id('tkt').notNull(),
    tagId: id('ttag').notNull(),
    ...lensActivity(),
  },
  (t) => [
    pkOf(t.ticketId, t.tagId),
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.tagId, ticketTags.id, 'cascade'),
    idx([t.tagId, t.ticketId]),
    idx([t.tagId, t.isActive, newest(t.lastActivityAt), newest(t.ticketId)], { name: 'ticket_tag_links_lens_idx' }),
  ],
);
