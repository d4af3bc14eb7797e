import type * as z from 'zod';
import type { UpdateTeamBody } from '#schema/api/teams.ts';
import type { Id } from '#schema/ids.ts';
import { teams } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { requireFree } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { notFound, permitTeam } from '../permit.ts';
import { slugTaken } from './slug-taken.ts';
import { type TeamRow, teamById, teamPayload, teamView } from './team-queries.ts';

export interface UpdateTeamInput {
  teamId: Id<'team'>;
  /** Absent keeps, null clears. */
  changes: Omit<z.output<typeof UpdateTeamBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

const FIELDS = ['slug', 'name', 'description', 'shortLabel', 'color'] as const;

/** Changes how a team is called and shown. @throws ServiceError not_found; forbidden; stale_version; conflict `name_taken`. */
export const updateTeam = defineVerb({
  name: 'updateTeam',
  permission: 'team.manage',
  load: ({ teamId, changes }: UpdateTeamInput) => ({
    found: teamById(teamId),
    taken: slugTaken(changes.slug, teamId),
  }),
  decide({ found: [before], taken }, { changes, ifMatch }, { authority, now }) {
    const permit = permitTeam(authority, 'team.manage', before?.id);
    if (before === undefined) throw notFound();
    requireVersion(ifMatch, before.version, teamView(before));
    const after: TeamRow = { ...before, ...given(changes), updatedAt: now };
    const changed = fieldChanges(before, after, FIELDS);
    if (changed.length === 0) return unchanged(permit, teamView(before));
    if (before.archivedAt === null) requireFree(taken);
    after.version += 1;
    const { slug, name, description, shortLabel, color, version } = after;
    return change({
      permit,
      answer: teamView(after),
      roots: [
        {
          kind: 'update',
          table: teams,
          what: 'team',
          loaded: before,
          set: { slug, name, description, shortLabel, color, version },
        },
      ],
      audit: {
        action: 'team.updated',
        target: { type: 'team', id: before.id, label: name },
        changes: auditChanges(changed),
      },
      events: [
        event({
          type: 'team.updated',
          entity: before.id,
          audience: 'internal',
          teamIds: [before.id],
          payload: { ...teamPayload(after), changes: changed },
        }),
      ],
    });
  },
});
