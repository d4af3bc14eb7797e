import { and, desc, eq, isNotNull, not, type SQL, sql } from 'drizzle-orm';
import type { RoleAssignment } from '#schema/api/roles.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { principal, principalRoleAssignments } from '#schema/index.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { type Assignment, assignmentView, liveGrant, selectAssignments } from './assignment-queries.ts';

export interface ListRoleAssignmentsInput {
  principalId: Id<'prin'>;
  /** The ended ones instead of the live ones. */
  ended: boolean;
  limit: number;
  cursor: string | undefined;
}

/** The grants of a member, the newest first. @throws ServiceError not_found. */
export const listRoleAssignments = defineRead({
  name: 'listRoleAssignments',
  permission: 'admin.manage_roles',
  load: (input: ListRoleAssignmentsInput, { keys, now }) => ({
    member: statement(
      qb
        .select({ id: principal.id })
        .from(principal)
        .where(and(eq(principal.id, input.principalId), isNotNull(principal.memberState))),
    ),
    found: statement<Assignment[]>(
      selectAssignments()
        .where(
          and(
            eq(principalRoleAssignments.principalId, input.principalId),
            input.ended ? not(sql`(${liveGrant(now)})`) : liveGrant(now),
            after(keys, input),
          ),
        )
        .orderBy(desc(principalRoleAssignments.createdAt), desc(principalRoleAssignments.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ member: [member], found }, input, { authority, keys, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'team.view', single: true });
    if (member === undefined) throw notFound();
    const cursor = ({ grant }: Assignment) => writeCursor(keys, placeOf(input), [grant.createdAt.getTime(), grant.id]);
    return unchanged<{ data: RoleAssignment[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, (each) => assignmentView(each, now), cursor),
    );
  },
});

const placeOf = ({ principalId, ended }: ListRoleAssignmentsInput): CursorPlace => ({
  operation: 'listRoleAssignments',
  sort: '-created',
  filter: { principalId, ended },
});

function after(keys: KeyRing, input: ListRoleAssignmentsInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`(${principalRoleAssignments.createdAt}, ${principalRoleAssignments.id}) < (${new Date(Number(at)).toISOString()}::timestamptz, ${idToUuid(id as Id)}::uuid)`;
}
