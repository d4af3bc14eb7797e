import type { Id } from '#schema/ids.ts';
import { teams } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { notFound, permitTeam } from '../permit.ts';
import { teamById, teamPayload, teamView } from './team-queries.ts';
import { noUsesLeft, requireUnused, teamUsesQuery } from './team-uses.ts';

export interface ArchiveTeamInput {
  teamId: Id<'team'>;
  ifMatch: VersionGuard | null;
}

/**
 * Takes a team out of use. Grants, limits and memberships that name it are inert until it comes back; nothing is deleted.
 * @throws ServiceError not_found; forbidden; stale_version; conflict `team_in_use`.
 */
export const archiveTeam = defineVerb({
  name: 'archiveTeam',
  permission: 'team.manage',
  load: ({ teamId }: ArchiveTeamInput, { auth }) => ({
    found: teamById(teamId),
    uses: teamUsesQuery(auth, teamId),
  }),
  decide({ found: [team], uses }, { ifMatch }, { authority, now }) {
    const permit = permitTeam(authority, 'team.manage', team?.id);
    if (team === undefined) throw notFound();
    requireVersion(ifMatch, team.version, teamView(team));
    if (team.archivedAt !== null) return unchanged(permit, null);
    requireUnused(uses);
    return change({
      permit,
      answer: null,
      roots: [
        {
          kind: 'update',
          table: teams,
          what: 'team',
          loaded: team,
          set: { archivedAt: now, version: team.version + 1 },
        },
      ],
      writes: [noUsesLeft(team.id)],
      audit: {
        action: 'team.archived',
        target: { type: 'team', id: team.id, label: team.name },
        changes: { archivedAt: [null, now.toISOString()] },
      },
      events: [
        event({
          type: 'team.archived',
          entity: team.id,
          audience: 'internal',
          teamIds: [team.id],
          payload: teamPayload(team),
        }),
      ],
    });
  },
});
