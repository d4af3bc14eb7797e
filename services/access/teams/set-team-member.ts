import { eq, sql } from 'drizzle-orm';
import type { TeamMember } from '#schema/api/teams.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { principal, teamMemberships } from '#schema/index.ts';
import type { TEAM_ROLES, ValueOf } from '#schema/values.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { guard, qb, rows, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { holdRow } from '../hold.ts';
import { requireMember } from '../members/require-member.ts';
import { permitTeam } from '../permit.ts';
import { requireOther } from '../rules/self-change.ts';
import { mayChangeOwnTeams, requireTeamReach } from './require-team-reach.ts';
import { type MembershipRow, membershipOf, principalById, teamMemberView } from './team-member-queries.ts';
import { teamById } from './team-queries.ts';

export interface SetTeamMemberInput {
  teamId: Id<'team'>;
  principalId: Id<'prin'>;
  role: ValueOf<typeof TEAM_ROLES>;
}

const MOST_TEAMS = 100;

/**
 * Takes a member into a team, or changes the part they have in it.
 * @throws ServiceError not_found; forbidden, `exceeds_ceiling`; conflict `self_change`; unprocessable `target_not_member`,
 *   `scope_archived`, `limit_reached`.
 */
export const setTeamMember = defineVerb({
  name: 'setTeamMember',
  permission: 'team.manage',
  target: ({ principalId }: SetTeamMemberInput) => ({ type: 'principal', id: principalId }),
  load: ({ teamId, principalId }: SetTeamMemberInput) => ({
    team: teamById(teamId),
    member: principalById(principalId),
    present: membershipOf(teamId, principalId),
    full: rows<{ full: boolean }>(
      sql`select exists (select from team_memberships where principal_id = ${idToUuid(principalId)}::uuid offset ${MOST_TEAMS - 1}) as full`,
    ),
  }),
  decide({ team: [team], member: [member], present: [present], full }, { role }, { authority, now, ids }) {
    const permit = permitTeam(authority, 'team.manage', team?.id);
    if (team === undefined || member === undefined) throw notMember();
    requireMember(member);
    if (!mayChangeOwnTeams(authority)) requireOther(authority, member.id);
    requireTeamReach(authority, team.id);
    if (team.archivedAt !== null) {
      throw new ServiceError('unprocessable', 'This team is archived.', { reason: 'scope_archived' });
    }
    const { displayName, avatarUrl } = member;
    const answer = (membership: MembershipRow): { created: boolean; member: TeamMember } => ({
      created: present === undefined,
      member: teamMemberView({ membership, displayName, avatarUrl }),
    });
    if (present?.role === role) return unchanged(permit, answer(present));
    if (present === undefined && full[0]?.full === true) {
      throw new ServiceError('unprocessable', `A member is in at most ${MOST_TEAMS} teams.`, {
        reason: 'limit_reached',
      });
    }
    const membership: MembershipRow = {
      id: newId(ids, 'tmem'),
      teamId: team.id,
      principalId: member.id,
      source: 'manual',
      issuerId: null,
      createdAt: now,
      ...present,
      role,
    };
    const about = { entity: member.id, audience: 'internal', teamIds: [team.id] } as const;
    const { source } = membership;
    const payload = { teamId: team.id, principalId: member.id, role, source };
    return change({
      permit,
      answer: answer(membership),
      holds: [holdRow('teams', team)],
      roots: [{ kind: 'update', table: principal, what: 'member', loaded: member, set: {} }],
      writes: [
        present === undefined
          ? statement(qb.insert(teamMemberships).values(membership))
          : guard(
              qb.update(teamMemberships).set({ role }).where(eq(teamMemberships.id, present.id)).getSQL(),
              1,
              'membership',
            ),
      ],
      audit: {
        action: present === undefined ? 'team_membership.added' : 'team_membership.updated',
        target: { type: 'principal', id: member.id, label: displayName },
        changes: { teamId: [present?.teamId ?? null, team.id], role: [present?.role ?? null, role] },
      },
      events: [
        present === undefined
          ? event({ type: 'team_membership.added', ...about, payload })
          : event({
              type: 'team_membership.updated',
              ...about,
              payload: { ...payload, previousRole: present.role },
            }),
      ],
    });
  },
});

const notMember = (): ServiceError =>
  new ServiceError('unprocessable', 'They are not a member of the desk.', { reason: 'target_not_member' });
