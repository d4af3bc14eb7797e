import { appendOnly, appendOnlyTriggers } from './functions/append-only.ts';
import { authorityOfKey, authorityOfMembers, authorityOfPerson } from './functions/authority.ts';
import { requireRows } from './functions/guards.ts';
import { keepLensActivity, LENS_ACTIVITY_TRIGGERS, takeLensActivity } from './functions/lens-activity.ts';
import { purgeRows, purgeTickets, redactRows } from './functions/purge.ts';
import { keepRoleMeans, ROLE_MEANS_TRIGGERS } from './functions/role-means.ts';
import { fold, searchDoc } from './functions/search.ts';
import { signIn } from './functions/sign-in.ts';
import type { SqlObject } from './functions/sql-object.ts';
import { ticketPage } from './functions/ticket-page.ts';
import { fromTypeid, hashId, toTypeid } from './functions/typeids.ts';

export { APPEND_ONLY } from './functions/append-only.ts';
export { grantsSql } from './functions/grants.ts';
export type { SqlObject } from './functions/sql-object.ts';

/** The functions of the database in the order in which they can be created; the base of the chain begins with them. */
export const FUNCTIONS: readonly SqlObject[] = [
  requireRows,
  hashId,
  toTypeid,
  fromTypeid,
  fold,
  searchDoc,
  appendOnly,
  purgeRows,
  purgeTickets,
  redactRows,
  keepRoleMeans,
  keepLensActivity,
  takeLensActivity,
  authorityOfKey,
  authorityOfPerson,
  authorityOfMembers,
  signIn,
  ticketPage,
];

/** The triggers of these tables, in the order in which a file of the chain creates them. */
export function triggersOf(tables: Iterable<string>): SqlObject[] {
  const names = [...tables];
  const kept = (table: string) => [...(ROLE_MEANS_TRIGGERS[table] ?? []), ...(LENS_ACTIVITY_TRIGGERS[table] ?? [])];
  return [...appendOnlyTriggers(names), ...names.toSorted().flatMap(kept)];
}

/** Called by name alone, by no index, column or trigger: a later file may define them anew with a longer list. */
export const REPLACEABLE_FUNCTIONS: ReadonlySet<string> = new Set([purgeRows.name, purgeTickets.name, redactRows.name]);

/** Storage parameters by table. Timers are updated when they fire: room on the page, and early vacuum, keep the sweep short. */
export const STORAGE: Readonly<Record<string, string>> = {
  sla_timers: 'autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80',
};
