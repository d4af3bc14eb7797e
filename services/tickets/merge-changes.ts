import { sql } from 'drizzle-orm';
import { tickets } from '#schema/index.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import type { Change, LoadedRoot, RootWrite } from '#services/kernel/change.ts';
import { joinStatements } from '#services/kernel/over-rows.ts';

type Parts = Pick<Change<unknown>, 'holds' | 'roots' | 'writes' | 'activity' | 'events' | 'wakes'>;

/**
 * Changes of many tickets as one commit, in as many statements as one of them: each ticket still under its own guard.
 */
export function mergeChanges(changes: readonly Change<unknown>[]): Parts {
  return {
    holds: changes.flatMap(({ holds }) => holds),
    roots: grouped(changes.flatMap(({ roots }) => roots)),
    writes: joinStatements(changes.flatMap(({ writes }) => writes)),
    activity: changes.flatMap(({ activity }) => activity),
    events: changes.flatMap(({ events }) => events),
    wakes: changes.flatMap(({ wakes }) => wakes),
  };
}

function grouped(roots: readonly RootWrite[]): RootWrite[] {
  const parts = roots.map((root) => ({ root, own: ticketsOf(root) }));
  const others = parts.flatMap(({ root, own }) => (own === undefined ? [root] : []));
  const each = parts.flatMap(({ own }) => own ?? []);
  const [first, ...further] = each;
  if (first === undefined) return others;
  const name = alikeName(first.set);
  if (further.some(({ set }) => alikeName(set) !== name))
    return [...others, { kind: 'each', table: tickets, what: 'tickets', each }];
  const loaded = each.map((root) => root.loaded);
  return [...others, { kind: 'updates', table: tickets, what: 'tickets', loaded, set: relative(first.set), each }];
}

/** The tickets that a root guards, each as it changes, the merged ones too. */
export function ticketsOf(root: RootWrite): { loaded: LoadedRoot; set: Record<string, unknown> }[] | undefined {
  if (root.kind === 'insert' || root.kind === 'inserts' || root.table !== tickets) return undefined;
  if (root.kind === 'update') return [root];
  return root.each === undefined ? undefined : [...root.each];
}

const alikeName = (set: Record<string, unknown>): string =>
  canonicalJson(JSON.parse(JSON.stringify('version' in set ? { ...set, version: 'next' } : set)));

/** An edit moves each ticket's own version by one. */
const relative = (set: Record<string, unknown>): Record<string, unknown> =>
  'version' in set ? { ...set, version: sql`${tickets.version} + 1` } : set;
