import type { Id } from '#schema/ids.ts';
import { principal } from '#schema/index.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireRank } from '../ceiling.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { heldPowersQuery } from '../rules/held-powers.ts';
import { bumpOwnerRole, ownerQueriesOf, requireOwnerRemains } from '../rules/last-owner.ts';
import { requireOther } from '../rules/self-change.ts';
import { assignmentById, isLiveGrant } from './assignment-queries.ts';
import { endGrants, revokedEvents } from './end-grants.ts';
import { holderOf } from './holder-of.ts';
import { isOwnerGrant, isPermanentOwner } from './owner-grant.ts';

/**
 * Ends a grant at once. One that has ended, by somebody or by time, stays as it ended.
 * @throws ServiceError not_found; conflict `self_change`, `last_owner`; forbidden `outranks_you`.
 */
export const revokeGrant = defineVerb({
  name: 'revokeGrant',
  permission: 'admin.manage_roles',
  target: ({ assignmentId }: { assignmentId: Id<'rasn'> }) => ({ type: 'role_assignment', id: assignmentId }),
  load: ({ assignmentId }: { assignmentId: Id<'rasn'> }, { now }) => ({
    found: assignmentById(assignmentId),
    held: heldPowersQuery(holderOf(assignmentId), now),
    ...ownerQueriesOf(holderOf(assignmentId)),
  }),
  decide({ found: [assignment], held, ownerRole, otherOwners }, _input, { authority, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: true });
    if (assignment === undefined) throw notFound();
    if (!isLiveGrant(assignment.grant, now)) return unchanged(permit, null);
    const { grant, role, holder } = assignment;
    requireOther(authority, holder.id);
    requireRank(authority, held.get(holder.id) ?? []);
    requireOwnerRemains(isPermanentOwner(assignment), otherOwners);
    return change({
      permit,
      answer: null,
      roots: [
        { kind: 'update', table: principal, what: 'member', loaded: holder, set: {} },
        ...(isOwnerGrant(assignment) ? [bumpOwnerRole(ownerRole)] : []),
      ],
      writes: endGrants([assignment], 'manual', now),
      audit: {
        action: 'role_assignment.revoked',
        target: { type: 'principal', id: holder.id, label: holder.displayName },
        changes: { assignmentId: [grant.id, null], role: [role.key, null] },
      },
      events: revokedEvents([assignment], 'manual'),
    });
  },
});
