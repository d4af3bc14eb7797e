import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import type { RoleAssignment } from '#schema/api/roles.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { principalRoleAssignments } from '#schema/index.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { type Assignment, assignmentView, liveGrant, selectAssignments } from './assignment-queries.ts';
import { roleById } from './role-queries.ts';

export interface ListRoleHoldersInput {
  roleId: Id<'role'>;
  limit: number;
  cursor: string | undefined;
}

/** The live grants of a role, in the order in which they were made. @throws ServiceError not_found. */
export const listRoleHolders = defineRead({
  name: 'listRoleHolders',
  permission: 'admin.manage_roles',
  load: (input: ListRoleHoldersInput, { keys, now }) => ({
    role: roleById(input.roleId),
    found: statement<Assignment[]>(
      selectAssignments()
        .where(and(eq(principalRoleAssignments.roleId, input.roleId), liveGrant(now), after(keys, input)))
        .orderBy(asc(principalRoleAssignments.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ role: [role], found }, input, { authority, keys, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: true });
    if (role === undefined) throw notFound();
    const cursor = ({ grant }: Assignment) => writeCursor(keys, placeOf(input), [grant.id]);
    return unchanged<{ data: RoleAssignment[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, (each) => assignmentView(each, now), cursor),
    );
  },
});

const placeOf = ({ roleId }: ListRoleHoldersInput): CursorPlace => ({
  operation: 'listRoleHolders',
  sort: 'id',
  filter: { roleId },
});

function after(keys: KeyRing, input: ListRoleHoldersInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`${principalRoleAssignments.id} > ${idToUuid(id as Id)}::uuid`;
}
