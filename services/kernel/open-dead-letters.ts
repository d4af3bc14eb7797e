import { type SQL, sql } from 'drizzle-orm';
import type { DEAD_LETTER_KINDS } from '#schema/tables/dead-letters.ts';
import type { ValueOf } from '#schema/values.ts';

export type DeadLetterKind = ValueOf<typeof DEAD_LETTER_KINDS>;

/**
 * Records work that gave up, as an `insert` for a statement or a common table expression: one row per kind and reference
 * while it is open, counted when it comes again. `found` selects `kind, ref_id, queue, detail`, without doubles.
 */
export const openDeadLetters = (found: SQL, now: Date): SQL => sql`
insert into dead_letters (kind, ref_id, queue, detail, first_at, last_at)
select f.kind, f.ref_id, f.queue, f.detail, ${now}::timestamptz, ${now}::timestamptz from (${found}) f
on conflict (kind, ref_id) where state = 'open'
do update set count = dead_letters.count + 1, last_at = excluded.last_at, detail = excluded.detail, revision = dead_letters.revision + 1`;
