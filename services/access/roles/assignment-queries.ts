import { eq, type SQL, sql } from 'drizzle-orm';
import type { GrantScope, RoleAssignment } from '#schema/api/roles.ts';
import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { principal, principalRoleAssignments, roles } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { type Power, powersAt } from '../ceiling.ts';
import { PERMISSIONS } from '../permissions.ts';
import { scopeIdOf, scopeOf } from './grant-scope.ts';
import { knownPermissions, permissionsOfRole } from './role-queries.ts';

export type AssignmentRow = typeof principalRoleAssignments.$inferSelect;

/** A grant with its role and its holder, who is the root that its changes move. */
export interface Assignment {
  grant: AssignmentRow;
  role: { id: Id<'role'>; key: string; name: string };
  permissions: string[];
  holder: {
    id: Id<'prin'>;
    displayName: string;
    memberState: (typeof principal.$inferSelect)['memberState'];
    revision: number;
    eventSeq: number;
  };
}

/** As it is stored: what it gives is that of its role at this revision. */
export interface StoredAssignment extends Assignment {
  role: Assignment['role'] & { revision: number };
}

const columns = {
  grant: principalRoleAssignments,
  role: { id: roles.id, key: roles.key, name: roles.name, revision: roles.revision },
  permissions: permissionsOfRole,
  holder: {
    id: principal.id,
    displayName: principal.displayName,
    memberState: principal.memberState,
    revision: principal.revision,
    eventSeq: principal.eventSeq,
  },
};

export const selectAssignments = () =>
  qb
    .select(columns)
    .from(principalRoleAssignments)
    .innerJoin(roles, eq(roles.id, principalRoleAssignments.roleId))
    .innerJoin(principal, eq(principal.id, principalRoleAssignments.principalId));

export const assignmentById = (assignmentId: Id<'rasn'>): Statement<StoredAssignment[]> =>
  statement<StoredAssignment[]>(selectAssignments().where(eq(principalRoleAssignments.id, assignmentId)));

/** Not ended, by anybody or by time. */
export const isLiveGrant = ({ revokedAt, expiresAt }: AssignmentRow, now: Date): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

export const liveGrant = (now: Date): SQL =>
  sql`${principalRoleAssignments.revokedAt} is null and (${principalRoleAssignments.expiresAt} is null or ${principalRoleAssignments.expiresAt} > ${now.toISOString()}::timestamptz)`;

/** What the role holds and the scope does not allow; implied permissions that fit still count. */
export const inertPermissions = (permissions: readonly string[], scope: GrantScope): string[] =>
  knownPermissions({ permissions: [...permissions] }).filter(
    (key) => !PERMISSIONS[key].scopeKinds.includes(scope.kind),
  );

/** What a role gives at a scope until a moment. */
export const powersOfGrant = (permissions: readonly string[], scope: GrantScope, until: Date | null): Power[] =>
  powersAt(knownPermissions({ permissions: [...permissions] }), {
    scope: scope.kind,
    scopeId: scopeIdOf(scope),
    until,
  });

export function assignmentView({ grant, role, permissions, holder }: Assignment, now: Date): RoleAssignment {
  const scope = scopeOf(grant);
  return {
    id: grant.id,
    principalId: grant.principalId,
    principalName: holder.displayName,
    role: { id: role.id, key: role.key, name: role.name },
    scope,
    state: grant.revokedAt !== null ? 'revoked' : isLiveGrant(grant, now) ? 'live' : 'expired',
    source: grant.source,
    grantedBy: grant.grantedByPrincipalId,
    reason: grant.reason,
    inertPermissions: inertPermissions(permissions, scope),
    createdAt: grant.createdAt.toISOString(),
    expiresAt: iso(grant.expiresAt),
    revokedAt: iso(grant.revokedAt),
    revokeReason: grant.revokeReason,
  };
}

export function assignmentPayload({
  grant,
  role,
  permissions,
}: Pick<Assignment, 'grant' | 'role' | 'permissions'>): EventPayload<'role_assignment.created'> {
  const scope = scopeOf(grant);
  return {
    assignmentId: grant.id,
    principalId: grant.principalId,
    roleId: role.id,
    roleKey: role.key,
    scope,
    expiresAt: iso(grant.expiresAt),
    source: grant.source,
    inertPermissions: inertPermissions(permissions, scope),
  };
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
