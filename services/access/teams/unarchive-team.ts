import type { Id } from '#schema/ids.ts';
import { teams } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { requireFree } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { notFound, permitTeam } from '../permit.ts';
import { slugTaken } from './slug-taken.ts';
import { requireTeamRoom, teamLimitQuery } from './team-limit.ts';
import { type TeamRow, teamById, teamPayload, teamView } from './team-queries.ts';

export interface UnarchiveTeamInput {
  teamId: Id<'team'>;
  ifMatch: VersionGuard | null;
}

/**
 * Brings a team back with the grants and memberships it had.
 * @throws ServiceError not_found; forbidden; stale_version; conflict `name_taken`; unprocessable `limit_reached`.
 */
export const unarchiveTeam = defineVerb({
  name: 'unarchiveTeam',
  permission: 'team.manage',
  load: ({ teamId }: UnarchiveTeamInput) => ({
    found: teamById(teamId),
    limit: teamLimitQuery(),
    taken: slugTaken(undefined, teamId),
  }),
  decide({ found: [before], limit, taken }, { ifMatch }, { authority, now }) {
    const permit = permitTeam(authority, 'team.manage', before?.id);
    if (before === undefined) throw notFound();
    requireVersion(ifMatch, before.version, teamView(before));
    if (before.archivedAt === null) return unchanged(permit, teamView(before));
    requireTeamRoom(limit);
    requireFree(taken);
    const after: TeamRow = { ...before, archivedAt: null, version: before.version + 1, updatedAt: now };
    return change({
      permit,
      answer: teamView(after),
      roots: [
        {
          kind: 'update',
          table: teams,
          what: 'team',
          loaded: before,
          set: { archivedAt: null, version: after.version },
        },
      ],
      audit: {
        action: 'team.unarchived',
        target: { type: 'team', id: before.id, label: before.name },
        changes: { archivedAt: [before.archivedAt.toISOString(), null] },
      },
      events: [
        event({
          type: 'team.unarchived',
          entity: before.id,
          audience: 'internal',
          teamIds: [before.id],
          payload: teamPayload(after),
        }),
      ],
    });
  },
});
