import { idToUuid } from '#schema/ids.ts';
import { type Power, powersAt } from '../ceiling.ts';
import { isPermission, PERMISSIONS, type Permission } from '../permissions.ts';
import type { ApiKeyRow } from './key-queries.ts';

/** What a key is made of that decides how much it can do. */
export type KeyReach = Pick<ApiKeyRow, 'scopeKeys' | 'teamIds' | 'inboxIds' | 'allowedIps' | 'expiresAt'>;

/**
 * What a key can ever come to do, whatever its creator holds today: its scopes at the workspace, or in each place that
 * limits it, until it ends. Whoever makes, widens, adopts or takes over a key covers all of it (rule R1).
 */
export function keyPowers({ scopeKeys, teamIds, inboxIds, expiresAt: until }: KeyReach): Power[] {
  const keys = scopeKeys.filter(isPermission);
  const places =
    teamIds === null && inboxIds === null
      ? [{ scope: 'workspace' as const, scopeId: null, until }]
      : (teamIds ?? inboxIds ?? []).map((id) => ({
          scope: teamIds === null ? ('inbox' as const) : ('team' as const),
          scopeId: idToUuid(id),
          until,
        }));
  // A scope that cannot be granted at such a place is held for the whole workspace or not at all.
  const wide = places.some(({ scope }) => scope !== 'workspace') ? keys.filter((key) => !fits(key, places[0])) : [];
  return [
    ...places.flatMap((place) => powersAt(keys, place)),
    ...powersAt(wide, { scope: 'workspace', scopeId: null, until }),
  ];
}

const fits = (key: Permission, place: { scope: Power['scope'] } | undefined): boolean =>
  place !== undefined && PERMISSIONS[key].scopeKinds.includes(place.scope);
