import type { Id } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { notFound, permitTeam } from '../permit.ts';
import { teamById, teamView } from './team-queries.ts';

/** Reads a team, archived ones too. @throws ServiceError not_found. */
export const getTeam = defineRead({
  name: 'getTeam',
  permission: 'team.view',
  load: ({ teamId }: { teamId: Id<'team'> }) => ({ found: teamById(teamId) }),
  decide({ found: [team] }, _input, { authority }) {
    const permit = permitTeam(authority, 'team.view', team?.id);
    if (team === undefined) throw notFound();
    return unchanged(permit, teamView(team));
  },
});
