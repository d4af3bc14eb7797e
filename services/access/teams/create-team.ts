import type * as z from 'zod';
import type { CreateTeamBody } from '#schema/api/teams.ts';
import { newId } from '#schema/ids.ts';
import { teams } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { requireFree } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { permitWorkspace } from '../permit.ts';
import { slugTaken } from './slug-taken.ts';
import { requireTeamRoom, teamLimitQuery } from './team-limit.ts';
import { type TeamRow, teamPayload, teamView } from './team-queries.ts';

/**
 * Makes a team, without members. @throws ServiceError forbidden; conflict `name_taken`; unprocessable `limit_reached`.
 */
export const createTeam = defineVerb({
  name: 'createTeam',
  permission: 'team.manage',
  load: ({ slug }: z.output<typeof CreateTeamBody>) => ({ limit: teamLimitQuery(), taken: slugTaken(slug, null) }),
  decide({ limit, taken }, input, { authority, now, ids }) {
    const permit = permitWorkspace(authority, 'team.manage', { view: 'team.view', single: false });
    requireTeamRoom(limit);
    requireFree(taken);
    const team: TeamRow = {
      id: newId(ids, 'team'),
      slug: input.slug,
      name: input.name,
      description: input.description ?? null,
      shortLabel: input.shortLabel ?? null,
      color: input.color ?? null,
      archivedAt: null,
      createdAt: now,
      updatedAt: now,
      version: 1,
      revision: 1,
      eventSeq: 0,
    };
    return change({
      permit,
      answer: teamView(team),
      roots: [{ kind: 'insert', table: teams, row: team }],
      audit: {
        action: 'team.created',
        target: { type: 'team', id: team.id, label: team.name },
        changes: { slug: [null, team.slug], name: [null, team.name] },
      },
      events: [
        event({
          type: 'team.created',
          entity: team.id,
          audience: 'internal',
          teamIds: [team.id],
          payload: teamPayload(team),
        }),
      ],
    });
  },
});
