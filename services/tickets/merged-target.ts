import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { visible } from '#services/access/visible.ts';

/** Where each row of `tickets` was merged into, as far as whoever `auth` is may see that ticket. */
export const mergedTarget = (): SQL<Id<'tkt'> | null> => sql`case when tickets.merged_into_id is not null then (
  select public.to_typeid('tkt', tickets.id) from (select tickets.merged_into_id as id) source join tickets on tickets.id = source.id
  where ${visible()}) end`;
