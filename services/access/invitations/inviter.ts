import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import type { Authority } from '../authority.ts';
import { membersCte } from '../authority-sql.ts';
import { holdsAtWorkspace } from '../can.ts';
import { uncovered } from '../ceiling.ts';
import { powersOfGrant } from '../roles/assignment-queries.ts';
import type { RoleRow } from '../roles/role-queries.ts';
import { type ActingRole, isOwner } from '../rules/acting-roles.ts';
import type { InvitationRow } from './invitation-view.ts';

/**
 * Whoever invited must be able to give now what was promised then: a member who may invite, holds what the role gives, and is
 * an owner where an owner is made. @throws ServiceError conflict `inviter_lost_authority`.
 */
export function requireInviter(
  { roleId }: InvitationRow,
  found: { inviter: Authority | undefined; inviterRoles: readonly ActingRole[]; role: readonly RoleRow[] },
  until: Date | null,
): void {
  const { inviter, inviterRoles } = found;
  const [role] = found.role;
  const may =
    inviter !== undefined &&
    holdsAtWorkspace(inviter, 'admin.manage_users') &&
    (roleId === null || (role !== undefined && mayGive(inviter, inviterRoles, role, until)));
  if (may) return;
  throw new ServiceError('conflict', 'Whoever invited you may no longer give what was promised.', {
    reason: 'inviter_lost_authority',
  });
}

const mayGive = (
  inviter: Authority,
  held: readonly ActingRole[],
  { role, permissions }: RoleRow,
  until: Date | null,
): boolean =>
  holdsAtWorkspace(inviter, 'admin.manage_roles') &&
  uncovered(inviter, powersOfGrant(permissions, { kind: 'workspace' }, until)).length === 0 &&
  (!(role.isSystem && role.key === 'owner') || isOwner(held));

/** The inviter still has in the commit what they had in the load. */
export const holdInviter = (
  { invitedByPrincipalId }: InvitationRow,
  inviter: Authority | undefined,
  now: Date,
): Statement =>
  run(sql`with ${membersCte(sql`select ${idToUuid(invitedByPrincipalId)}::uuid`, now)}
    select public.require_rows((select count(*) from auth where digest = ${inviter?.digest ?? ''}), 1::bigint, 'inviter')`);
