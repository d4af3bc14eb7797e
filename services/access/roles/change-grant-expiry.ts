import { and, eq, isNull } from 'drizzle-orm';
import type { RoleAssignment } from '#schema/api/roles.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { principal, principalRoleAssignments } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { guard, qb } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireCeiling, requireRank } from '../ceiling.ts';
import { holdRow } from '../hold.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { heldPowersQuery } from '../rules/held-powers.ts';
import { bumpOwnerRole, ownerQueriesOf, requireOwnerRemains } from '../rules/last-owner.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { requireOther } from '../rules/self-change.ts';
import {
  type Assignment,
  assignmentById,
  assignmentPayload,
  assignmentView,
  isLiveGrant,
  powersOfGrant,
} from './assignment-queries.ts';
import { isLonger, requireExpiryInRange } from './grant-expiry.ts';
import { scopeOf } from './grant-scope.ts';
import { holderOf } from './holder-of.ts';
import { isOwnerGrant, isPermanentOwner } from './owner-grant.ts';

export interface ChangeGrantExpiryInput {
  assignmentId: Id<'rasn'>;
  /** Null is for ever. */
  expiresAt: Date | null;
}

/**
 * Lets a live grant end later or sooner. Extending gives, so it needs the ceiling.
 * @throws ServiceError not_found; conflict `already_ended`, `self_change`, `last_owner`; forbidden `outranks_you`,
 *   `exceeds_ceiling`, `owner_required`, `person_required`; unprocessable `out_of_range`.
 */
export const changeGrantExpiry = defineVerb({
  name: 'changeGrantExpiry',
  permission: 'admin.manage_roles',
  target: ({ assignmentId }: ChangeGrantExpiryInput) => ({ type: 'role_assignment', id: assignmentId }),
  load: ({ assignmentId }: ChangeGrantExpiryInput, { auth, now }) => ({
    found: assignmentById(assignmentId),
    held: heldPowersQuery(holderOf(assignmentId), now),
    acting: actingRolesQuery(auth, now),
    ...ownerQueriesOf(holderOf(assignmentId)),
  }),
  decide({ found: [before], held, acting, ownerRole, otherOwners }, { expiresAt }, { authority, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: true });
    if (before === undefined) throw notFound();
    const { grant, permissions, holder } = before;
    if (!isLiveGrant(grant, now)) {
      throw new ServiceError('conflict', 'This grant has ended; grant the role anew.', { reason: 'already_ended' });
    }
    if (grant.expiresAt?.getTime() === expiresAt?.getTime()) return unchanged(permit, assignmentView(before, now));
    requireOther(authority, holder.id);
    requireRank(authority, held.get(holder.id) ?? []);
    const longer = isLonger(expiresAt, grant.expiresAt);
    if (longer) requireCeiling(authority, powersOfGrant(permissions, scopeOf(grant), expiresAt));
    if (longer && isOwnerGrant(before)) requireOwner(authority, acting);
    requireExpiryInRange(expiresAt, now);
    requireOwnerRemains(isPermanentOwner(before), otherOwners);
    const after: Assignment = { ...before, grant: { ...grant, expiresAt } };
    const previousExpiresAt = grant.expiresAt?.toISOString() ?? null;
    return change<RoleAssignment>({
      permit,
      answer: assignmentView(after, now),
      holds: longer && !isOwnerGrant(before) ? [holdRow('roles', before.role)] : [],
      roots: [
        { kind: 'update', table: principal, what: 'member', loaded: holder, set: {} },
        ...(isOwnerGrant(before) ? [bumpOwnerRole(ownerRole)] : []),
      ],
      writes: [
        guard(
          qb
            .update(principalRoleAssignments)
            .set({ expiresAt })
            .where(and(eq(principalRoleAssignments.id, grant.id), isNull(principalRoleAssignments.revokedAt)))
            .getSQL(),
          1,
          'grant',
        ),
      ],
      audit: {
        action: 'role_assignment.updated',
        target: { type: 'principal', id: holder.id, label: holder.displayName },
        changes: {
          assignmentId: [grant.id, grant.id],
          expiresAt: [previousExpiresAt, expiresAt?.toISOString() ?? null],
        },
      },
      events: [
        event({
          type: 'role_assignment.updated',
          entity: holder.id,
          audience: 'internal',
          payload: { ...assignmentPayload(after), previousExpiresAt },
        }),
      ],
    });
  },
});
