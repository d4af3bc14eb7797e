import { and, eq, inArray } from 'drizzle-orm';
import { type Id, newId } from '#schema/ids.ts';
import { teamMemberships } from '#schema/index.ts';
import { event } from '#services/kernel/change.ts';
import { guard, qb, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { holdRow } from '../hold.ts';
import type { Mapped } from './map-claims.ts';
import type { HeldMembership, MappedTeam } from './sign-in.ts';

const MOST_MEMBERSHIPS = 100;

/** The places in teams of an issuer's rules as memberships. One of somebody else's in the same team is enough. */
export function mapTeams(
  wanted: readonly MappedTeam[],
  held: readonly HeldMembership[],
  { issuerId, principalId }: { issuerId: Id<'iss'>; principalId: Id<'prin'> },
  { now, ids }: Pick<Deciding, 'now' | 'ids'>,
): Mapped {
  const gone = held.filter(({ own, teamId }) => own && !wanted.some((each) => each.teamId === teamId));
  const added = wanted
    .filter(({ teamId }) => !held.some((each) => each.teamId === teamId))
    .slice(0, Math.max(0, MOST_MEMBERSHIPS - held.length + gone.length));
  const moved = held.flatMap(({ own, teamId, role }) => {
    const rule = own ? wanted.find((each) => each.teamId === teamId && each.joinAs !== role) : undefined;
    return rule === undefined ? [] : [{ teamId, role: rule.joinAs, previousRole: role }];
  });
  const source = 'issuer' as const;
  const own = (teamId: Id<'team'>) =>
    and(
      eq(teamMemberships.principalId, principalId),
      eq(teamMemberships.teamId, teamId),
      eq(teamMemberships.issuerId, issuerId),
    );
  const goneIds = gone.map(({ teamId }) => teamId);
  const rows = added.map(({ teamId, joinAs }) => ({
    id: newId(ids, 'tmem'),
    teamId,
    principalId,
    role: joinAs,
    source,
    issuerId,
    createdAt: now,
  }));
  const told = { entity: principalId, audience: 'internal' } as const;
  return {
    holds: added.map(({ teamId, revision }) => holdRow('teams', { id: teamId, revision })),
    writes: [
      ...(gone.length === 0
        ? []
        : [
            guard(
              qb
                .delete(teamMemberships)
                .where(
                  and(
                    eq(teamMemberships.principalId, principalId),
                    eq(teamMemberships.issuerId, issuerId),
                    inArray(teamMemberships.teamId, goneIds),
                  ),
                )
                .getSQL(),
              gone.length,
              'memberships',
            ),
          ]),
      ...moved.map(({ teamId, role }) =>
        guard(qb.update(teamMemberships).set({ role }).where(own(teamId)).getSQL(), 1, 'membership'),
      ),
      ...(rows.length === 0 ? [] : [statement(qb.insert(teamMemberships).values(rows))]),
    ],
    events: [
      ...gone.map(({ teamId, role }) =>
        event({
          ...told,
          type: 'team_membership.removed',
          teamIds: [teamId],
          payload: { teamId, principalId, role, source },
        }),
      ),
      ...moved.map(({ teamId, role, previousRole }) =>
        event({
          ...told,
          type: 'team_membership.updated',
          teamIds: [teamId],
          payload: { teamId, principalId, role, source, previousRole },
        }),
      ),
      ...rows.map(({ teamId, role }) =>
        event({
          ...told,
          type: 'team_membership.added',
          teamIds: [teamId],
          payload: { teamId, principalId, role, source },
        }),
      ),
    ],
    changed: { added: added.map(({ teamId }) => teamId), removed: goneIds },
  };
}
