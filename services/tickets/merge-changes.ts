import { sql } from 'drizzle-orm';
import { tickets } from '#schema/index.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import type { Change, LoadedRoot, RootWrite } from '#services/kernel/change.ts';

type Parts = Pick<Change<unknown>, 'holds' | 'roots' | 'writes' | 'activity' | 'events' | 'wakes'>;

/**
 * Changes of many tickets as one commit: tickets that change alike are one statement, each still under its own guard.
 */
export function mergeChanges(changes: readonly Change<unknown>[]): Parts {
  return {
    holds: changes.flatMap(({ holds }) => holds),
    roots: grouped(changes.flatMap(({ roots }) => roots)),
    writes: changes.flatMap(({ writes }) => writes),
    activity: changes.flatMap(({ activity }) => activity),
    events: changes.flatMap(({ events }) => events),
    wakes: changes.flatMap(({ wakes }) => wakes),
  };
}

function grouped(roots: readonly RootWrite[]): RootWrite[] {
  const alike = new Map<string, { loaded: LoadedRoot[]; set: Record<string, unknown> }>();
  const others: RootWrite[] = [];
  for (const root of roots) {
    if (root.kind !== 'update' || root.table !== tickets) {
      others.push(root);
      continue;
    }
    const set = 'version' in root.set ? { ...root.set, version: 'next' } : root.set;
    const name = canonicalJson(JSON.parse(JSON.stringify(set)));
    const group = alike.get(name) ?? { loaded: [], set: relative(root.set) };
    group.loaded.push(root.loaded);
    alike.set(name, group);
  }
  return [
    ...others,
    ...[...alike.values()].map(
      ({ loaded, set }): RootWrite => ({ kind: 'updates', table: tickets, what: 'tickets', loaded, set }),
    ),
  ];
}

/** An edit moves each ticket's own version by one. */
const relative = (set: Record<string, unknown>): Record<string, unknown> =>
  'version' in set ? { ...set, version: sql`${tickets.version} + 1` } : set;
