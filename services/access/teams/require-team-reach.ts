import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Authority } from '../authority.ts';
import { holdsAtWorkspace, isLimited } from '../can.ts';

/**
 * Membership gives sight of a team's tickets, so whoever gives it has that sight, or administrates people (rule R1).
 * @throws ServiceError forbidden `exceeds_ceiling`.
 */
export function requireTeamReach(authority: Authority, teamId: Id<'team'>): void {
  const team = idToUuid(teamId);
  const sees = authority.grants.some(
    ({ key, scope, scopeId }) =>
      key === 'ticket.view_all' && (scope === 'workspace' || (scope === 'team' && scopeId === team)),
  );
  const administers = holdsAtWorkspace(authority, 'admin.manage_users') && !isLimited(authority);
  // A key that inboxes limit sees of a team's tickets only those that are in them.
  const reaches = authority.limitInboxes === null && (sees || authority.myTeams.includes(teamId));
  if (reaches || administers) return;
  throw new ServiceError('forbidden', 'You cannot open a team to others whose tickets you do not reach.', {
    reason: 'exceeds_ceiling',
    extra: { pairs: [{ permission: 'ticket.view_all', scope: 'team', until: null }] },
  });
}

/** Who administrates people may change their own teams, too (rule R3). */
export const mayChangeOwnTeams = (authority: Authority): boolean =>
  holdsAtWorkspace(authority, 'admin.manage_users') && !isLimited(authority);
