import type { Id } from '#schema/ids.ts';
import type { EventDraft } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { mapRoles } from './map-roles.ts';
import { mapTeams } from './map-teams.ts';
import type { MappedTeam, SignInNews } from './sign-in.ts';

/** What rules change about a member: statements, and events whose root is the member. */
export interface Mapped {
  holds: Statement[];
  writes: Statement[];
  events: EventDraft[];
  /** Keys of roles or ids of teams, for the audit. */
  changed: { added: string[]; removed: string[] };
}

/**
 * Makes the rows that an issuer owns about a member equal to what its rules give now. What others gave is not touched, and
 * where it is the same it stays alone.
 */
export function mapClaims(
  news: SignInNews,
  to: { issuerId: Id<'iss'>; principalId: Id<'prin'> },
  by: Pick<Deciding, 'now' | 'ids'>,
): Omit<Mapped, 'changed'> & { changes: Record<'roles' | 'teams', Mapped['changed']> } {
  const wanted = uniqueBy(
    news.rules.filter((rule) => 'roleId' in rule),
    ({ roleId }) => roleId,
  );
  const roles = mapRoles(wanted, news.grants, to, by);
  const teams = mapTeams(leadsFirst(news.rules.filter((rule) => 'teamId' in rule)), news.memberships, to, by);
  return {
    holds: [...roles.holds, ...teams.holds],
    writes: [...roles.writes, ...teams.writes],
    events: [...roles.events, ...teams.events],
    changes: { roles: roles.changed, teams: teams.changed },
  };
}

/** One place per team, as lead where any rule says so. */
const leadsFirst = (teams: readonly MappedTeam[]): MappedTeam[] =>
  uniqueBy(
    teams.toSorted((a, b) => Number(b.joinAs === 'lead') - Number(a.joinAs === 'lead')),
    ({ teamId }) => teamId,
  );

const uniqueBy = <T>(items: readonly T[], key: (item: T) => string): T[] => [
  ...new Map(items.toReversed().map((item) => [key(item), item])).values(),
];
