import { and, eq } from 'drizzle-orm';
import type { TeamMember } from '#schema/api/teams.ts';
import type { Id } from '#schema/ids.ts';
import { principal, teamMemberships } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export type MembershipRow = typeof teamMemberships.$inferSelect;

export interface TeamMemberRow {
  membership: MembershipRow;
  displayName: string;
  avatarUrl: string | null;
}

export const selectTeamMembers = () =>
  qb
    .select({ membership: teamMemberships, displayName: principal.displayName, avatarUrl: principal.avatarUrl })
    .from(teamMemberships)
    .innerJoin(principal, eq(principal.id, teamMemberships.principalId));

export const membershipOf = (teamId: Id<'team'>, principalId: Id<'prin'>): Statement<MembershipRow[]> =>
  statement<MembershipRow[]>(
    qb
      .select()
      .from(teamMemberships)
      .where(and(eq(teamMemberships.teamId, teamId), eq(teamMemberships.principalId, principalId))),
  );

export const principalById = (principalId: Id<'prin'>): Statement<(typeof principal.$inferSelect)[]> =>
  statement<(typeof principal.$inferSelect)[]>(qb.select().from(principal).where(eq(principal.id, principalId)));

export const teamMemberView = ({ membership, displayName, avatarUrl }: TeamMemberRow): TeamMember => ({
  teamId: membership.teamId,
  principalId: membership.principalId,
  displayName,
  avatarUrl,
  role: membership.role,
  source: membership.source,
  joinedAt: membership.createdAt.toISOString(),
});
