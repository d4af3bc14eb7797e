import { ServiceError } from '#schema/errors.ts';
import type { AccessLevel, Authority } from '#services/access/authority.ts';
import {
  covered,
  type Denial,
  holdsAtInbox,
  holdsAtPlace,
  holdsAtTeam,
  holdsAtWorkspace,
  isLimited,
  levelOf,
  ticketArm,
  ticketDenial,
} from '#services/access/can.ts';
import { isPermission, PERMISSIONS, type Permission, TICKET_VIEWS } from '#services/access/permissions.ts';
import type { Resource } from './resource.ts';

/** The answer of the check itself, taken apart. */
export interface Verdict {
  allowed: boolean;
  visible: boolean;
  /** Held where the resource is, whatever the level. */
  covered: boolean;
  /** The best level on a ticket; null elsewhere and without sight. */
  level: AccessLevel | null;
  needsLevel: AccessLevel | null;
  /** What keeps the level low, where it is too low. */
  shortfall: Exclude<Denial, 'missing_permission' | 'key_scope'> | undefined;
}

/** What an authority may do, by the functions that every door asks. */
export function checkAccess(authority: Authority, key: Permission, resource: Resource): Verdict {
  if (resource.kind === 'ticket') return checkTicket(authority, key, resource);
  const held = holdsAt(authority, key, resource);
  return {
    allowed: held,
    visible: viewKeysOf(key, resource).some((view) => holdsAt(authority, view, resource)),
    covered: held,
    level: null,
    needsLevel: null,
    shortfall: undefined,
  };
}

function checkTicket(authority: Authority, key: Permission, { facts }: Resource & { kind: 'ticket' }): Verdict {
  const arm = ticketArm(authority, facts);
  const denial = ticketDenial(authority, key, facts);
  return {
    allowed: arm !== undefined && denial === undefined,
    visible: arm !== undefined,
    covered: covered(authority, key, facts),
    level: arm?.level ?? null,
    needsLevel: levelOf(key),
    shortfall: denial === 'missing_permission' || denial === 'key_scope' ? undefined : denial,
  };
}

function holdsAt(authority: Authority, key: Permission, resource: Resource & { kind: 'workspace' | 'team' | 'inbox' }) {
  const creates = key === 'ticket.create';
  switch (resource.kind) {
    case 'workspace':
      return holdsAtWorkspace(authority, key) && !isLimited(authority);
    case 'team':
      return creates
        ? holdsAtPlace(authority, key, { teamId: resource.id, inboxId: null })
        : holdsAtTeam(authority, key, resource.id);
    case 'inbox':
      return creates
        ? holdsAtPlace(authority, key, { teamId: null, inboxId: resource.id })
        : holdsAtInbox(authority, key, resource.id);
  }
}

/** Without one of these the thing does not exist for them: of the place, or of the kind that the permission is about. */
function viewKeysOf(key: Permission, resource: Resource): readonly Permission[] {
  if (resource.kind === 'team') return ['team.view'];
  if (resource.kind === 'inbox') return ['inbox.view'];
  if (PERMISSIONS[key].resource === 'ticket') return TICKET_VIEWS;
  return (PERMISSIONS[key].implies as readonly Permission[]).filter((each) => each.endsWith('.view')).concat(key);
}

/** @throws ServiceError unprocessable `unknown_permission`. */
export function requirePermission(text: string): Permission {
  if (isPermission(text)) return text;
  const detail = 'There is no such permission.';
  throw new ServiceError('unprocessable', detail, {
    reason: 'unknown_permission',
    errors: [{ in: 'body', pointer: '/permission', code: 'unknown_permission', detail }],
  });
}
