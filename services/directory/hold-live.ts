import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** Holds an organisation that a commit points at: archived or merged meanwhile, the commit decides again. */
export const holdOrganization = (id: Id<'org'>): Statement =>
  run(sql`select public.require_rows((select count(*) from (
    select from organizations where id = ${idToUuid(id)}::uuid and archived_at is null for share) held), 1::bigint, 'organization')`);
