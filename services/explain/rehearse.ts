import type { AccessChange, AccessPreview } from '#schema/api/access.ts';
import { ServiceError } from '#schema/errors.ts';
import { updateApiKey } from '#services/access/api-keys/update-api-key.ts';
import type { Authority } from '#services/access/authority.ts';
import { reinstateMember } from '#services/access/members/reinstate-member.ts';
import { removeMember } from '#services/access/members/remove-member.ts';
import { suspendMember } from '#services/access/members/suspend-member.ts';
import { grantRole } from '#services/access/roles/grant-role.ts';
import { revokeGrant } from '#services/access/roles/revoke-grant.ts';
import { updateRole } from '#services/access/roles/update-role.ts';
import { archiveTeam } from '#services/access/teams/archive-team.ts';
import { removeTeamMember } from '#services/access/teams/remove-team-member.ts';
import { setTeamMember } from '#services/access/teams/set-team-member.ts';
import type { Deciding, Loadables, Loaded, Loading, Verb } from '#services/kernel/verb.ts';

type By = Deciding & { authority: Authority };
type Refusal = AccessPreview['refusals'][number];

/** A change without its commit: what its verb loads, and how it decides. */
export interface Rehearsal {
  load(at: Loading): Loadables;
  decide(loaded: Readonly<Record<string, unknown>>, by: By): void;
}

const rehearsalOf = <Input, Q extends Loadables, Output>(verb: Verb<Input, Q, Output>, input: Input): Rehearsal => ({
  load: (at) => verb.load(input, at),
  decide: (loaded, by) => void verb.decide(loaded as Loaded<Q>, input, by, undefined),
});

/** The verb that would make the change. */
export function rehearse(change: AccessChange): Rehearsal {
  switch (change.kind) {
    case 'setRolePermissions': {
      const { roleId, permissions } = change;
      return rehearsalOf(updateRole, { roleId, changes: { permissions }, ifMatch: null });
    }
    case 'grant': {
      const { principalId, roleId, scope, expiresAt } = change;
      const until = expiresAt === undefined ? null : new Date(expiresAt);
      return rehearsalOf(grantRole, { principalId, roleId, scope, expiresAt: until, reason: null });
    }
    case 'revoke':
      return rehearsalOf(revokeGrant, { assignmentId: change.assignmentId });
    case 'membership': {
      const { teamId, principalId, role } = change;
      return role === null
        ? rehearsalOf(removeTeamMember, { teamId, principalId })
        : rehearsalOf(setTeamMember, { teamId, principalId, role });
    }
    case 'memberState': {
      const { principalId, state } = change;
      if (state === 'removed')
        return rehearsalOf(removeMember, { principalId, reassignTicketsTo: null, transferKeysTo: null });
      return rehearsalOf(state === 'active' ? reinstateMember : suspendMember, { principalId, reason: null });
    }
    case 'keyScopes':
      return rehearsalOf(updateApiKey, { keyId: change.keyId, changes: { scopes: change.scopes }, ifMatch: null });
    case 'archiveTeam':
      return rehearsalOf(archiveTeam, { teamId: change.teamId, ifMatch: null });
  }
}

/**
 * How the verb would refuse; nothing when it would not. Without its permission, or sight of what it is about, there is
 * nothing to preview. @throws ServiceError not_found, forbidden.
 */
export function refusalOf(
  rehearsal: Rehearsal,
  loaded: Readonly<Record<string, unknown>>,
  by: By,
  change: number,
): Refusal[] {
  try {
    rehearsal.decide(loaded, by);
    return [];
  } catch (error) {
    if (!(error instanceof ServiceError) || isUnpermitted(error)) throw error;
    return [{ change, code: error.code, reason: error.reason ?? null, detail: error.message }];
  }
}

const UNPERMITTED: readonly unknown[] = ['missing_permission', 'key_scope', 'key_limit'];

const isUnpermitted = ({ code, reason }: ServiceError): boolean =>
  code === 'not_found' || (code === 'forbidden' && UNPERMITTED.includes(reason));
