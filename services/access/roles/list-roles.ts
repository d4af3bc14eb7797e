import { and, asc, desc, isNull, type SQL, sql } from 'drizzle-orm';
import type { Role } from '#schema/api/roles.ts';
import { roles } from '#schema/index.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { permitWorkspace } from '../permit.ts';
import { type RoleRow, roleView, selectRoles } from './role-queries.ts';

export interface ListRolesInput {
  limit: number;
  cursor: string | undefined;
}

const PLACE: CursorPlace = { operation: 'listRoles', sort: 'system,key', filter: null };

/** The live roles, system roles first, each kind by key. */
export const listRoles = defineRead({
  name: 'listRoles',
  permission: 'admin.manage_roles',
  load: ({ limit, cursor }: ListRolesInput, { keys }) => ({
    found: statement<RoleRow[]>(
      selectRoles()
        .where(and(isNull(roles.deletedAt), after(keys, cursor)))
        .orderBy(desc(roles.isSystem), asc(roles.key))
        .limit(limit + 1),
    ),
  }),
  decide({ found }, { limit }, { authority, keys }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: false });
    const cursor = ({ role }: RoleRow) => writeCursor(keys, PLACE, [role.isSystem ? 0 : 1, role.key]);
    return unchanged<{ data: Role[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, limit, roleView, cursor),
    );
  },
});

function after(keys: KeyRing, text: string | undefined): SQL | undefined {
  if (text === undefined) return undefined;
  const [kind, key] = readCursor(keys, PLACE, text);
  return sql`(not ${roles.isSystem}, ${roles.key}) > (${Number(kind) === 1}, ${String(key)})`;
}
