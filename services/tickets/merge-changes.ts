import { sql } from 'drizzle-orm';
import { tickets } from '#schema/index.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import type { Change, LoadedRoot, RootWrite } from '#services/kernel/change.ts';
import { joinStatements, withoutTwins } from '#services/kernel/over-rows.ts';

export type Parts = Pick<Change<unknown>, 'holds' | 'roots' | 'writes' | 'activity' | 'events' | 'wakes'>;

/**
 * Changes of many tickets as one commit, in as many statements as one of them: each ticket still under its own guard.
 */
export function mergeChanges(changes: readonly Change<unknown>[]): Parts {
  return {
    holds: withoutTwins(changes.flatMap(({ holds }) => holds)),
    roots: grouped(changes.flatMap(({ roots }) => roots)),
    writes: joinStatements(changes.flatMap(({ writes }) => writes)),
    activity: changes.flatMap(({ activity }) => activity),
    events: changes.flatMap(({ events }) => events),
    wakes: changes.flatMap(({ wakes }) => wakes),
  };
}

/** Merged parts of one commit as one. */
export const joinParts = (parts: readonly Parts[]): Parts => ({
  holds: withoutTwins(parts.flatMap(({ holds }) => holds)),
  roots: parts.flatMap(({ roots }) => roots),
  writes: parts.flatMap(({ writes }) => writes),
  activity: parts.flatMap(({ activity }) => activity),
  events: parts.flatMap(({ events }) => events),
  wakes: parts.flatMap(({ wakes }) => wakes),
});

function grouped(roots: readonly RootWrite[]): RootWrite[] {
  const alike = new Map<string, { loaded: LoadedRoot[]; set: Record<string, unknown> }>();
  const each: { loaded: LoadedRoot; set: Record<string, unknown> }[] = [];
  const others: RootWrite[] = [];
  for (const root of roots) {
    if (root.kind !== 'update' || root.table !== tickets) {
      others.push(root);
      continue;
    }
    each.push(root);
    const set = 'version' in root.set ? { ...root.set, version: 'next' } : root.set;
    const name = canonicalJson(JSON.parse(JSON.stringify(set)));
    const group = alike.get(name) ?? { loaded: [], set: relative(root.set) };
    group.loaded.push(root.loaded);
    alike.set(name, group);
  }
  if (alike.size > 1) return [...others, { kind: 'each', table: tickets, what: 'tickets', each }];
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
