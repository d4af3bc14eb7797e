import { eq } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { principal, teamMemberships } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { guard, qb } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { permitTeam } from '../permit.ts';
import { requireOther } from '../rules/self-change.ts';
import { mayChangeOwnTeams } from './require-team-reach.ts';
import { membershipOf, principalById } from './team-member-queries.ts';
import { teamById } from './team-queries.ts';

export interface RemoveTeamMemberInput {
  teamId: Id<'team'>;
  principalId: Id<'prin'>;
}

/** Takes a member out of a team. Who is not in it stays so. @throws ServiceError not_found; forbidden; conflict `self_change`. */
export const removeTeamMember = defineVerb({
  name: 'removeTeamMember',
  permission: 'team.manage',
  target: ({ principalId }: RemoveTeamMemberInput) => ({ type: 'principal', id: principalId }),
  load: ({ teamId, principalId }: RemoveTeamMemberInput) => ({
    team: teamById(teamId),
    member: principalById(principalId),
    present: membershipOf(teamId, principalId),
  }),
  decide({ team: [team], member: [member], present: [present] }, _input, { authority }) {
    const permit = permitTeam(authority, 'team.manage', team?.id);
    if (member === undefined || present === undefined) return unchanged(permit, null);
    if (!mayChangeOwnTeams(authority)) requireOther(authority, member.id);
    const { teamId, role, source } = present;
    return change({
      permit,
      answer: null,
      roots: [{ kind: 'update', table: principal, what: 'member', loaded: member, set: {} }],
      writes: [guard(qb.delete(teamMemberships).where(eq(teamMemberships.id, present.id)).getSQL(), 1, 'membership')],
      audit: {
        action: 'team_membership.removed',
        target: { type: 'principal', id: member.id, label: member.displayName },
        changes: { teamId: [teamId, null], role: [role, null] },
      },
      events: [
        event({
          type: 'team_membership.removed',
          entity: member.id,
          audience: 'internal',
          teamIds: [teamId],
          payload: { teamId, principalId: member.id, role, source },
        }),
      ],
    });
  },
});
