import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { authIssuerRules, authIssuers, invitation, principalRoleAssignments } from '#schema/index.ts';
import type { LoadedRoot } from '#services/kernel/change.ts';
import { nothing, qb, run, type Statement, statement } from '#services/kernel/query.ts';
import { type Assignment, selectAssignments } from './assignment-queries.ts';

/** All that names a role: grants not yet ended, invitations not over, trusted issuers whose rules give it. */
export const roleUses = (roleId: Id<'role'>, now: Date) => ({
  grants: statement<Assignment[]>(
    selectAssignments().where(
      and(eq(principalRoleAssignments.roleId, roleId), isNull(principalRoleAssignments.revokedAt)),
    ),
  ),
  invitations: statement<(LoadedRoot & { roleDays: number | null; expiresAt: Date })[]>(
    qb
      .select({
        id: invitation.id,
        revision: invitation.revision,
        eventSeq: invitation.eventSeq,
        roleDays: invitation.roleDays,
        expiresAt: invitation.expiresAt,
      })
      .from(invitation)
      .where(and(eq(invitation.roleId, roleId), eq(invitation.state, 'pending'), gt(invitation.expiresAt, now))),
  ),
  issuers: statement<(typeof authIssuers.$inferSelect)[]>(
    qb
      .select()
      .from(authIssuers)
      .where(
        sql`${authIssuers.disabledAt} is null and exists (select from ${authIssuerRules} where ${authIssuerRules.issuerId} = ${authIssuers.id} and ${authIssuerRules.roleId} = ${idToUuid(roleId)}::uuid)`,
      ),
  ),
});

/** The grants of the heir to the same people: where one is live already, no second one is needed. */
export const heirGrants = (roleId: Id<'role'>, heirId: Id<'role'> | null) =>
  statement<Assignment[]>(
    selectAssignments().where(
      heirId === null
        ? nothing
        : and(
            eq(principalRoleAssignments.roleId, heirId),
            isNull(principalRoleAssignments.revokedAt),
            sql`${principalRoleAssignments.principalId} in (select principal_id from principal_role_assignments
              where role_id = ${idToUuid(roleId)}::uuid and revoked_at is null)`,
          ),
    ),
  );

/** Holder and scope of a grant: two of one place are twins. */
export const placeOf = ({ grant }: Assignment): string =>
  [grant.principalId, grant.teamId ?? grant.inboxId ?? ''].join(':');

/** What was given under a hold between load and commit makes the deletion decide again. */
export const noUsesLeft = (roleId: Id<'role'>, now: Date): Statement =>
  run(sql`select public.require_rows(
    (select count(*) from principal_role_assignments where role_id = ${idToUuid(roleId)}::uuid and revoked_at is null)
    + (select count(*) from invitation where role_id = ${idToUuid(roleId)}::uuid and state = 'pending' and expires_at > ${now.toISOString()}::timestamptz)
    + (select count(*) from auth_issuer_rules r join auth_issuers i on i.id = r.issuer_id and i.disabled_at is null where r.role_id = ${idToUuid(roleId)}::uuid), 0::bigint, 'role')`);
