import { eq, type SQL, sql } from 'drizzle-orm';
import type { Team } from '#schema/api/teams.ts';
import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { teams } from '#schema/index.ts';
import { heldAtTeam } from '#services/access/authority-sql.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export type TeamRow = typeof teams.$inferSelect;

/** Archived ones too. */
export const teamById = (teamId: Id<'team'>): Statement<TeamRow[]> =>
  statement<TeamRow[]>(qb.select().from(teams).where(eq(teams.id, teamId)));

/** Which teams the relation `auth` may see, as a predicate over `teams`: the same as `permitTeam` for `team.view`. */
export const visibleTeam = (): SQL => sql`(
  ${heldAtTeam('team.view', sql`${teams.id}`)}
  and exists (select from auth where auth.limit_teams is null or ${teams.id} = any (auth.limit_teams)))`;

export const teamView = (team: TeamRow): Team => ({
  id: team.id,
  slug: team.slug,
  name: team.name,
  description: team.description,
  shortLabel: team.shortLabel,
  color: team.color,
  archivedAt: team.archivedAt?.toISOString() ?? null,
  createdAt: team.createdAt.toISOString(),
  updatedAt: team.updatedAt.toISOString(),
  version: team.version,
});

export const teamPayload = ({ id, slug, name }: TeamRow): EventPayload<'team.created'> => ({ teamId: id, slug, name });
