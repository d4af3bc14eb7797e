import { and, eq, isNull, sql } from 'drizzle-orm';
import type { GrantScope, RoleAssignment } from '#schema/api/roles.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { principal, principalRoleAssignments, user } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { Authority } from '../authority.ts';
import { requireCeiling } from '../ceiling.ts';
import { holdRow } from '../hold.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { type ActingRole, actingRolesQuery } from '../rules/acting-roles.ts';
import { bumpOwnerRole } from '../rules/last-owner.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { requireOther } from '../rules/self-change.ts';
import {
  type Assignment,
  type AssignmentRow,
  assignmentPayload,
  assignmentView,
  isLiveGrant,
  liveGrant,
  powersOfGrant,
  selectAssignments,
} from './assignment-queries.ts';
import { endGrants, revokedEvents } from './end-grants.ts';
import { requireExpiryInRange } from './grant-expiry.ts';
import { holdScope, requireLiveScope, scopeColumns, scopeIdOf, scopePlaceQuery } from './grant-scope.ts';
import { roleById } from './role-queries.ts';

export interface GrantRoleInput {
  principalId: Id<'prin'>;
  roleId: Id<'role'>;
  scope: GrantScope;
  expiresAt: Date | null;
  reason: string | null;
}

const MOST_GRANTS = 50;

/**
 * Grants a role to a member. Never more than the actor holds, nor for longer; `owner` only by an owner in person.
 * @throws ServiceError not_found; unprocessable `target_not_member`, `unknown_reference`, `scope_archived`,
 *   `scope_not_allowed`, `user_not_verified`, `out_of_range`, `limit_reached`; conflict `self_change`, `already_assigned`;
 *   forbidden `exceeds_ceiling`, `owner_required`, `person_required`.
 */
export const grantRole = defineVerb({
  name: 'grantRole',
  permission: 'admin.manage_roles',
  target: ({ principalId }: GrantRoleInput) => ({ type: 'principal', id: principalId }),

  load: ({ principalId, roleId, scope }: GrantRoleInput, { auth, now }) => ({
    target: statement(
      qb
        .select({ principal, verified: user.emailVerified })
        .from(principal)
        .leftJoin(user, eq(user.id, principal.userId))
        .where(eq(principal.id, principalId)),
    ),
    role: roleById(roleId),
    place: scopePlaceQuery(scope),
    twin: statement<Assignment[]>(
      selectAssignments().where(
        and(
          eq(principalRoleAssignments.principalId, principalId),
          eq(principalRoleAssignments.roleId, roleId),
          isNull(principalRoleAssignments.revokedAt),
          sql`coalesce(${principalRoleAssignments.teamId}, ${principalRoleAssignments.inboxId}) is not distinct from ${scopeIdOf(scope)}::uuid`,
        ),
      ),
    ),
    full: rows<{ full: boolean }>(
      sql`select exists (select from principal_role_assignments where principal_id = ${idToUuid(principalId)}::uuid
        and ${liveGrant(now)} offset ${MOST_GRANTS - 1}) as full`,
    ),
    acting: actingRolesQuery(auth, now),
  }),

  decide(loaded, input, { authority, now, ids }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'team.view', single: true });
    const [found] = loaded.target;
    if (found === undefined) throw notFound();
    const target = found.principal;
    requireGrantable(target);
    const [role] = loaded.role;
    if (role === undefined) throw unknownReference('/roleId');
    const isOwnerRole = role.role.isSystem && role.role.key === 'owner';
    requireOther(authority, target.id);
    requireCeiling(authority, powersOfGrant(role.permissions, input.scope, input.expiresAt));
    requireLiveScope(input.scope, loaded.place);
    requireExpiryInRange(input.expiresAt, now);
    if (isOwnerRole) requireOwnerGrant(authority, loaded.acting, input.scope, found.verified === true);
    const [twin] = loaded.twin;
    if (twin !== undefined && isLiveGrant(twin.grant, now)) {
      throw new ServiceError('conflict', 'They hold this role here already.', {
        reason: 'already_assigned',
        extra: { existingId: twin.grant.id },
      });
    }
    if (loaded.full[0]?.full === true) {
      throw new ServiceError('unprocessable', `A member has at most ${MOST_GRANTS} grants.`, {
        reason: 'limit_reached',
      });
    }
    const grant: AssignmentRow = {
      id: newId(ids, 'rasn'),
      principalId: target.id,
      roleId: role.role.id,
      ...scopeColumns(input.scope),
      grantedByPrincipalId: authority.principalId,
      reason: input.reason,
      source: 'manual',
      issuerId: null,
      expiresAt: input.expiresAt,
      revokedAt: null,
      revokeReason: null,
      createdAt: now,
    };
    const made: Assignment = { grant, role: role.role, permissions: role.permissions, holder: target };
    const over = twin === undefined ? [] : [twin];
    return change<RoleAssignment>({
      permit,
      answer: assignmentView(made, now),
      holds: [...(isOwnerRole ? [] : [holdRow('roles', role.role)]), ...holdScope(input.scope, loaded.place)],
      roots: [
        { kind: 'update', table: principal, what: 'member', loaded: target, set: {} },
        ...(isOwnerRole ? [bumpOwnerRole([role.role])] : []),
      ],
      writes: [...endGrants(over, 'expired', now), statement(qb.insert(principalRoleAssignments).values(grant))],
      audit: {
        action: 'role_assignment.created',
        target: { type: 'principal', id: target.id, label: target.displayName },
        changes: {
          assignmentId: [null, grant.id],
          role: [null, role.role.key],
          scope: [null, input.scope],
          expiresAt: [null, grant.expiresAt?.toISOString() ?? null],
          reason: [null, grant.reason],
        },
      },
      events: [
        ...revokedEvents(over, 'expired'),
        event({
          type: 'role_assignment.created',
          entity: target.id,
          audience: 'internal',
          payload: assignmentPayload(made),
        }),
      ],
    });
  },
});

function requireGrantable({ type, memberState }: typeof principal.$inferSelect): void {
  if (type === 'user' && memberState !== null && memberState !== 'removed') return;
  throw new ServiceError('unprocessable', 'Roles are granted to members of the desk only.', {
    reason: 'target_not_member',
  });
}

/** Who becomes owner is vouched for by an owner in person, and reachable at an address that is proved. */
function requireOwnerGrant(
  authority: Authority,
  acting: readonly ActingRole[],
  scope: GrantScope,
  verified: boolean,
): void {
  requireOwner(authority, acting);
  if (scope.kind !== 'workspace') {
    throw new ServiceError('unprocessable', 'The role owner is held at the workspace only.', {
      reason: 'scope_not_allowed',
    });
  }
  if (!verified) {
    throw new ServiceError('unprocessable', 'An owner needs a verified e-mail address.', {
      reason: 'user_not_verified',
    });
  }
}
