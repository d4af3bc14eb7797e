import { type SQL, sql } from 'drizzle-orm';
import type { Permission } from './permissions.ts';

/** Whether a row of `auth` that is in scope holds a permission at the workspace, with a key that no place limits. */
export const heldEverywhere = (key: Permission): SQL =>
  sql.raw(`(auth.limit_teams is null and auth.limit_inboxes is null
  and exists (select from jsonb_array_elements(auth.grants) g where g ->> 0 = 'workspace' and g -> 1 ? '${key}'))`);
