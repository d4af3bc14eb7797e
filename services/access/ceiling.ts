import { ServiceError } from '#schema/errors.ts';
import type { SCOPE_KINDS, ValueOf } from '#schema/values.ts';
import type { Authority } from './authority.ts';
import { isLimited } from './can.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';

/** One permission at one place until a moment: what a grant gives, what a key holds, what a member has. */
export interface Power {
  key: Permission;
  scope: ValueOf<typeof SCOPE_KINDS>;
  /** The bare uuid of the team or inbox; null at the workspace. */
  scopeId: string | null;
  /** Null is for ever. */
  until: Date | null;
}

/** What a set of keys means at a place: closed under `implies`, without what is inert there. */
export function powersAt(keys: readonly Permission[], place: Omit<Power, 'key'>): Power[] {
  const closed = new Set(keys.flatMap((key) => [key, ...(PERMISSIONS[key].implies as readonly Permission[])]));
  return [...closed]
    .filter((key) => PERMISSIONS[key].scopeKinds.includes(place.scope))
    .map((key) => ({ key, ...place }));
}

/** The powers that this caller does not hold at least as widely and as long: at the workspace, or at that very place. */
export const uncovered = (authority: Authority, powers: readonly Power[]): Power[] =>
  powers.filter((power) => !covers(authority, power));

function covers(authority: Authority, power: Power): boolean {
  if (isLimited(authority)) return false;
  return authority.grants.some(
    (grant) =>
      // What membership of an inbox brings along is nobody's to give: no assignment stands behind it.
      grant.via.length > 0 &&
      grant.key === power.key &&
      (grant.scope === 'workspace' || (grant.scope === power.scope && grant.scopeId === power.scopeId)) &&
      (grant.until === null || (power.until !== null && grant.until >= power.until)),
  );
}

/** Nobody gives what they do not hold, nor for longer (rule R1). @throws ServiceError forbidden `exceeds_ceiling` with the pairs. */
export function requireCeiling(authority: Authority, powers: readonly Power[]): void {
  refuseUncovered(authority, powers, 'exceeds_ceiling', 'You cannot give more than you hold.');
}

/** To end, suspend, remove or edit somebody, cover all that they hold (rule R2). @throws ServiceError forbidden `outranks_you`. */
export function requireRank(authority: Authority, held: readonly Power[]): void {
  refuseUncovered(authority, held, 'outranks_you', 'They hold more than you do.');
}

function refuseUncovered(
  authority: Authority,
  powers: readonly Power[],
  reason: 'exceeds_ceiling' | 'outranks_you',
  detail: string,
): void {
  const missing = uncovered(authority, powers);
  if (missing.length === 0) return;
  const pairs = missing
    .slice(0, 50)
    .map(({ key, scope, until }) => ({ permission: key, scope, until: until?.toISOString() ?? null }));
  throw new ServiceError('forbidden', detail, { reason, extra: { pairs } });
}
