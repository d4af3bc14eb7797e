import { and, asc, isNull, type SQL, sql } from 'drizzle-orm';
import type { Team } from '#schema/api/teams.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { teams } from '#schema/index.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { permitAnywhere } from '../permit.ts';
import { type TeamRow, teamView, visibleTeam } from './team-queries.ts';

export interface ListTeamsInput {
  includeArchived: boolean;
  limit: number;
  cursor: string | undefined;
}

/** The teams that the caller may see, by slug. */
export const listTeams = defineRead({
  name: 'listTeams',
  permission: 'team.view',
  load: (input: ListTeamsInput, { auth, keys }) => ({
    found: statementWith<TeamRow[]>(
      auth,
      qb
        .select()
        .from(teams)
        .where(and(visibleTeam(), input.includeArchived ? undefined : isNull(teams.archivedAt), after(keys, input)))
        .orderBy(asc(teams.slug), asc(teams.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, input, { authority, keys }) {
    const cursor = ({ slug, id }: TeamRow) => writeCursor(keys, placeOf(input), [slug, id]);
    return unchanged<{ data: Team[]; page: { next: string | null; hasMore: boolean } }>(
      permitAnywhere(authority, ['team.view']),
      pageOf(found, input.limit, teamView, cursor),
    );
  },
});

const placeOf = ({ includeArchived }: ListTeamsInput): CursorPlace => ({
  operation: 'listTeams',
  sort: 'slug',
  filter: { includeArchived },
});

function after(keys: KeyRing, input: ListTeamsInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [slug, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`(${teams.slug}, ${teams.id}) > (${String(slug)}, ${idToUuid(id as Id)}::uuid)`;
}
