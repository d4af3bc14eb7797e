import type pg from 'pg';
import type { STATUS_CATEGORIES, ValueOf } from '#schema/values.ts';

type Category = ValueOf<typeof STATUS_CATEGORIES>;

/** The statuses that a new workspace begins with, each the default of its category. */
export const FIRST_STATUSES: readonly { name: string; slug: string; category: Category; color: string }[] = [
  { name: 'Open', slug: 'open', category: 'open', color: '#3b82f6' },
  { name: 'Pending', slug: 'pending', category: 'pending', color: '#eab308' },
  { name: 'On hold', slug: 'on-hold', category: 'on_hold', color: '#a855f7' },
  { name: 'Solved', slug: 'solved', category: 'solved', color: '#22c55e' },
  { name: 'Closed', slug: 'closed', category: 'closed', color: '#6b7280' },
];

/** Only into an empty table: whoever renamed, recoloured or deleted one meant it. */
export async function reconcileStatuses(client: pg.Client, now: Date): Promise<void> {
  await client.query(
    `insert into ticket_statuses (name, slug, category, color, position, is_default, is_system, created_at, updated_at)
     select s.name, s.slug, s.category, s.color, s.place - 1, true, true, $2, $2
     from rows from (jsonb_to_recordset($1) as (name text, slug text, category text, color text))
       with ordinality as s (name, slug, category, color, place)
     where not exists (select from ticket_statuses)`,
    [JSON.stringify(FIRST_STATUSES), now],
  );
}
