import type { AccessLevel } from '#services/access/authority.ts';
import { PERMISSIONS, type Permission, TICKET_VIEWS } from '#services/access/permissions.ts';
import { SYSTEM_ROLES } from '#services/access/system-roles.ts';
import type { StaffRoute } from '#workers/routes/route.ts';
import { ALSO_NEEDS } from './route-things.ts';

/** Whose a ticket is, seen from a member of team support; teams and inboxes are `own` or `other` only. */
export const OWNERSHIPS = ['own', 'other', 'assigned', 'shared', 'nobody'] as const;
export type Ownership = (typeof OWNERSHIPS)[number];

/** Members of team support who hold a system role at the workspace, and a key of an owner limited to that team and its inbox. */
export const CALLERS = ['owner', 'supervisor', 'agent', 'collaborator', 'limitedKey'] as const;
export type CallerKind = (typeof CALLERS)[number];

export type ResourceKind = 'ticket' | 'team' | 'inbox';

/** What a request has to come to: it does not exist, it is not allowed, it is, or what is sent decides among the last two. */
export type Verdict = 'unseen' | 'denied' | 'allowed' | 'denied or allowed';

const RANK: Record<AccessLevel, number> = { read: 0, comment: 1, full: 2, own: 3 };

const held = (caller: CallerKind): ReadonlySet<string> => {
  const listed: readonly Permission[] = SYSTEM_ROLES[caller === 'limitedKey' ? 'owner' : caller].permissions;
  return new Set(listed.flatMap((key) => [key, ...PERMISSIONS[key].implies]));
};

/** The level of a ticket of visibility `team`, by the arms of the access specification; null is no sight. */
function levelOf(caller: CallerKind, ownership: Ownership): AccessLevel | null {
  const has = held(caller);
  if (caller === 'limitedKey' && ownership !== 'own') return null;
  if (has.has('ticket.view_all')) return 'own';
  if (has.has('ticket.view_team') && (ownership === 'own' || ownership === 'nobody')) return 'own';
  if (has.has('ticket.view_assigned') && ownership === 'assigned') return 'full';
  if (has.has('ticket.view_shared') && ownership === 'shared') return 'read';
  return null;
}

/** A key with limits is offered what belongs to its teams, and nothing that belongs to everybody. */
const isOfEverybody = ({ path }: Pick<StaffRoute, 'path'>): boolean => path.includes('{macroId}');

/** What the declared permission, the bundles of the system roles and the levels of the catalogue say. */
export function verdictFor(
  route: Pick<StaffRoute, 'id' | 'path' | 'permission' | 'check'>,
  kind: ResourceKind,
  caller: CallerKind,
  ownership: Ownership,
): Verdict {
  const { id, permission, check } = route;
  const has = held(caller);
  const asked: readonly Permission[] =
    permission === 'self' ? [] : typeof permission === 'string' ? [permission] : permission.anyOf;
  const isLimited = caller === 'limitedKey' && (check === 'workspace' || ownership !== 'own');
  const level = kind === 'ticket' ? levelOf(caller, ownership) : has.has(`${kind}.view`) && !isLimited ? 'own' : null;
  // Who may restore sees what was deleted; nobody else does.
  const sees = asked[0] === 'ticket.restore' ? level !== null && has.has('ticket.restore') : level !== null;
  if (!sees || level === null || (caller === 'limitedKey' && isOfEverybody(route))) return 'unseen';
  const sight: readonly string[] = TICKET_VIEWS;
  const passing = asked.filter(
    (key) => sight.includes(key) || (has.has(key) && RANK[level] >= RANK[PERMISSIONS[key].level ?? 'read']),
  );
  // A right of the whole workspace is never with a key of limits.
  const also = (ALSO_NEEDS[id] ?? []).every(
    (key) => has.has(key) && caller !== 'limitedKey' && RANK[level] >= RANK[PERMISSIONS[key].level ?? 'read'],
  );
  if (passing.length === asked.length) return also ? 'allowed' : 'denied';
  return passing.length === 0 ? 'denied' : 'denied or allowed';
}
