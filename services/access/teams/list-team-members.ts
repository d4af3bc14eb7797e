import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import type { TeamMember } from '#schema/api/teams.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { teamMemberships } from '#schema/index.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { permitTeam } from '../permit.ts';
import { selectTeamMembers, type TeamMemberRow, teamMemberView } from './team-member-queries.ts';
import { teamById } from './team-queries.ts';

export interface ListTeamMembersInput {
  teamId: Id<'team'>;
  limit: number;
  cursor: string | undefined;
}

/** Who is in a team, in the order in which they joined. @throws ServiceError not_found. */
export const listTeamMembers = defineRead({
  name: 'listTeamMembers',
  permission: 'team.view',
  load: (input: ListTeamMembersInput, { keys }) => ({
    team: teamById(input.teamId),
    found: statement<TeamMemberRow[]>(
      selectTeamMembers()
        .where(and(eq(teamMemberships.teamId, input.teamId), after(keys, input)))
        .orderBy(asc(teamMemberships.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ team: [team], found }, input, { authority, keys }) {
    const permit = permitTeam(authority, 'team.view', team?.id);
    const cursor = ({ membership }: TeamMemberRow) => writeCursor(keys, placeOf(input), [membership.id]);
    return unchanged<{ data: TeamMember[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, teamMemberView, cursor),
    );
  },
});

const placeOf = ({ teamId }: ListTeamMembersInput): CursorPlace => ({
  operation: 'listTeamMembers',
  sort: 'id',
  filter: { teamId },
});

function after(keys: KeyRing, input: ListTeamMembersInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`${teamMemberships.id} > ${idToUuid(id as Id)}::uuid`;
}
