import type { EffectiveGrant } from './authority.ts';
import type { Permission } from './permissions.ts';

/** As `told` writes it: the keys of a role at a kind of place, then, item by item, where it is held, until when and by what. */
export type StoredGrants = readonly [
  scope: EffectiveGrant['scope'],
  keys: readonly Permission[],
  scopeIds: readonly (string | null)[],
  untils: readonly (string | null)[],
  assignmentIds: readonly (string | null)[],
][];

/** The first three of each, which is where permissions are held. */
export type StoredPlaces = readonly (readonly [
  scope: EffectiveGrant['scope'],
  keys: readonly Permission[],
  scopeIds: readonly (string | null)[],
  ...unknown[],
])[];

/**
 * One grant per permission and place, in that order. Assignments that give the same are one grant, which lasts as long as
 * the longest; what a seat in an inbox gives stays apart, for no assignment is behind it.
 */
export function effectiveGrants(stored: StoredGrants): EffectiveGrant[] {
  const merged = new Map<string, EffectiveGrant & { via: string[] }>();
  for (const [scope, keys, scopeIds, untils, assignmentIds] of stored) {
    for (const [n, scopeId] of scopeIds.entries()) {
      const [until = null, assignmentId = null] = [untils[n], assignmentIds[n]];
      const place = `${scope} ${scopeId ?? '~'} ${assignmentId === null ? 0 : 1}`;
      const end = until === null ? null : new Date(until);
      for (const key of keys) {
        const name = `${key} ${place}`;
        const known = merged.get(name);
        const via = assignmentId === null ? [] : [assignmentId];
        if (known === undefined) merged.set(name, { key, scope, scopeId, until: end, via });
        else merged.set(name, { ...known, until: later(known.until, end), via: [...known.via, ...via].sort() });
      }
    }
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => grant);
}

const later = (a: Date | null, b: Date | null): Date | null => (a === null || b === null ? null : a > b ? a : b);
