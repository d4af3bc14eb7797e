import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { takenQuery } from '#services/kernel/taken.ts';

/** Whether another live team goes by the slug: a given one, or the one that the team itself has. */
export const slugTaken = (slug: string | undefined, own: Id<'team'> | null) => {
  const id: SQL = sql`${own === null ? null : idToUuid(own)}::uuid`;
  return takenQuery(sql`select from teams where archived_at is null and id is distinct from ${id}
    and slug = coalesce(${slug ?? null}::text, (select slug from teams where id = ${id}))`);
};
