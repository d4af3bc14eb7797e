import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Member } from '#schema/api/members.ts';
import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { principal, user } from '#schema/index.ts';
import type { MEMBER_STATES, TEAM_ROLES, ValueOf } from '#schema/values.ts';
import { nothing, qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Authority } from '../authority.ts';
import { holdsAtWorkspace, isLimited } from '../can.ts';

type MemberState = ValueOf<typeof MEMBER_STATES>;

interface GrantJson {
  assignmentId: Id<'rasn'>;
  roleId: Id<'role'>;
  roleKey: string;
  kind: 'workspace' | 'team' | 'inbox';
  placeId: Id<'team'> & Id<'inbox'>;
  /** Milliseconds since the epoch. */
  expiresAt: number | null;
}

/** A person of the desk, or one who was, with what lists show of them. */
export interface MemberRow {
  member: typeof principal.$inferSelect & { memberState: MemberState };
  email: string | null;
  teams: { teamId: Id<'team'>; role: ValueOf<typeof TEAM_ROLES> }[];
  grants: GrantJson[];
}

const teamsOfMember = sql`(
  select coalesce(jsonb_agg(jsonb_build_object('teamId', public.to_typeid('team', m.team_id), 'role', m.role) order by t.slug), '[]')
  from team_memberships m join teams t on t.id = m.team_id and t.archived_at is null where m.principal_id = ${principal.id})`;

const grantsOfMember = sql`(
  select coalesce(jsonb_agg(jsonb_build_object(
    'assignmentId', public.to_typeid('rasn', a.id), 'roleId', public.to_typeid('role', a.role_id), 'roleKey', r.key, 'kind', a.scope_kind,
    'placeId', case when a.team_id is not null then public.to_typeid('team', a.team_id) else public.to_typeid('inbox', a.inbox_id) end,
    'expiresAt', (extract(epoch from a.expires_at) * 1000)::bigint) order by a.id), '[]')
  from principal_role_assignments a join roles r on r.id = a.role_id
  where a.principal_id = ${principal.id} and a.revoked_at is null)`;

export const selectMembers = () =>
  qb
    .select({
      member: principal,
      email: user.email,
      teams: sql<MemberRow['teams']>`${teamsOfMember}`,
      grants: sql<GrantJson[]>`${grantsOfMember}`,
    })
    .from(principal)
    .leftJoin(user, eq(user.id, principal.userId));

/** Somebody who is or was a member; a customer is none. */
export const memberById = (principalId: Id<'prin'> | null): Statement<MemberRow[]> =>
  statement(
    selectMembers().where(
      principalId === null ? nothing : and(eq(principal.id, principalId), isNotNull(principal.memberState)),
    ),
  ) as Statement<MemberRow[]>;

/** Address, state and grants are for those who administrate people. */
export const administers = (authority: Authority): boolean =>
  holdsAtWorkspace(authority, 'admin.manage_users') && !isLimited(authority);

export function memberView({ member, email, teams, grants }: MemberRow, full: boolean, now: Date): Member {
  return {
    id: member.id,
    displayName: member.displayName,
    avatarUrl: member.avatarUrl,
    teams,
    ...(full
      ? {
          email,
          state: member.memberState,
          grants: grants.filter(({ expiresAt }) => expiresAt === null || expiresAt > now.getTime()).map(grantView),
        }
      : {}),
    memberSince: iso(member.memberSince),
    memberEndedAt: iso(member.memberEndedAt),
    version: member.version,
  };
}

const grantView = ({ assignmentId, roleId, roleKey, kind, placeId, expiresAt }: GrantJson) => ({
  assignmentId,
  roleId,
  roleKey,
  scope: kind === 'workspace' ? { kind } : { kind, id: placeId },
  expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
});

export const memberPayload = ({
  member,
  email,
}: Pick<MemberRow, 'member' | 'email'>): Omit<EventPayload<'member.added'>, 'source'> => ({
  principalId: member.id,
  displayName: member.displayName,
  email,
  state: member.memberState,
});

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
