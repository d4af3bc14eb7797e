import { type SQL, sql } from 'drizzle-orm';
import { type Id, uuidToId } from '#schema/ids.ts';
import type { SCOPE_KINDS, ValueOf } from '#schema/values.ts';
import { rows, type Statement } from '#services/kernel/query.ts';

/** A role that the person behind the caller holds now, anywhere. */
export interface ActingRole {
  roleId: Id<'role'>;
  key: string;
  scope: ValueOf<typeof SCOPE_KINDS>;
}

interface Row extends Record<string, unknown> {
  id: string;
  key: string;
  scope_kind: ActingRole['scope'];
}

/**
 * The roles of the caller, a key's creator for a key. That they still hold them at commit is what `authorityUnchanged`
 * proves: its digest names every assignment.
 */
export function actingRolesQuery(auth: SQL, now: Date): Statement<ActingRole[]> {
  const query = rows<Row>(sql`with ${auth}
    select r.id, r.key, a.scope_kind from auth
      join principal_role_assignments a on a.principal_id = auth.holder_id
      join roles r on r.id = a.role_id and r.deleted_at is null
    where a.revoked_at is null and (a.expires_at is null or a.expires_at > ${now})`);
  return {
    ...query,
    read: (result) =>
      query.read(result).map(({ id, key, scope_kind }) => ({ roleId: uuidToId('role', id), key, scope: scope_kind })),
  };
}

export const isOwner = (held: readonly ActingRole[]): boolean =>
  held.some(({ key, scope }) => key === 'owner' && scope === 'workspace');
