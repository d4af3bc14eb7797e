import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { roles } from '#schema/index.ts';
import type { LoadedRoot, RootWrite } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';

/**
 * What the rule of the last owner needs: the role `owner`, and whether somebody else than the one that `principalId`, a
 * subquery, gives is owner for good and active.
 */
export const ownerQueriesOf = (principalId: SQL) => ({
  ownerRole: statement(
    qb
      .select({ id: roles.id, revision: roles.revision, eventSeq: roles.eventSeq })
      .from(roles)
      .where(and(eq(roles.key, 'owner'), isNull(roles.deletedAt))),
  ),
  otherOwners: rows<{ principal_id: string }>(sql`
    select a.principal_id from principal_role_assignments a
      join roles r on r.id = a.role_id and r.key = 'owner' and r.deleted_at is null
      join principal p on p.id = a.principal_id and p.member_state = 'active'
    where a.scope_kind = 'workspace' and a.revoked_at is null and a.expires_at is null
      and a.principal_id <> (${principalId})
    limit 1`),
});

export const ownerQueries = (principalId: Id<'prin'>) => ownerQueriesOf(sql`${idToUuid(principalId)}::uuid`);

/** A permanent, active owner remains (rule R4). @throws ServiceError conflict `last_owner`. */
export function requireOwnerRemains(losing: boolean, otherOwners: readonly unknown[]): void {
  if (!losing || otherOwners.length > 0) return;
  throw new ServiceError('conflict', 'This is the last owner; make somebody else owner first.', {
    reason: 'last_owner',
  });
}

/** Every commit that adds, ends, shortens or suspends an owner grant touches the role, so two of them never pass together. */
export function bumpOwnerRole([role]: readonly LoadedRoot[]): RootWrite {
  if (role === undefined) throw new TypeError('the role owner is missing');
  return { kind: 'update', table: roles, what: 'role', loaded: role, set: {} };
}
