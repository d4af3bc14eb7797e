import type { Id } from '#schema/ids.ts';
import type { SHARING_AUDIENCES } from '#schema/tables/views-and-macros.ts';
import type { Authority } from './authority.ts';
import { holdsAtTeam, holdsAtWorkspace, isLimited } from './can.ts';

/** To whom a saved view or a macro is offered. */
export interface Sharing {
  audience: (typeof SHARING_AUDIENCES)[number];
  ownerPrincipalId: Id<'prin'> | null;
  teamId: Id<'team'> | null;
}

/**
 * The owner of a private one, the members of its team, everybody on the staff, and whoever manages it. A key that places
 * limit is offered what belongs to one of its teams.
 */
export function seesShared(authority: Authority, key: 'view.manage' | 'macro.manage', at: Sharing): boolean {
  if (at.audience !== 'team' && isLimited(authority)) return false;
  if (at.audience === 'private') return at.ownerPrincipalId === authority.holderId;
  if (at.audience === 'everyone') return true;
  const { teamId } = at;
  if (teamId === null || !(authority.limitTeams?.includes(teamId) ?? true)) return false;
  return authority.myTeams.includes(teamId) || holdsAtTeam(authority, key, teamId);
}

/** A private one is its owner's to change; another needs the permission where it is offered. */
export function managesShared(authority: Authority, key: 'view.manage' | 'macro.manage', at: Sharing): boolean {
  if (at.audience !== 'team' && isLimited(authority)) return false;
  if (at.audience === 'private') return at.ownerPrincipalId === authority.holderId;
  if (at.audience === 'everyone') return holdsAtWorkspace(authority, key);
  return at.teamId !== null && holdsAtTeam(authority, key, at.teamId);
}
