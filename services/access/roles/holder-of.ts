import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';

/** The holder of a grant, as a subquery of one uuid. */
export const holderOf = (assignmentId: Id<'rasn'>): SQL =>
  sql`select principal_id from principal_role_assignments where id = ${idToUuid(assignmentId)}::uuid`;
