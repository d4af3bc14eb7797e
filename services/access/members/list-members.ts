import { and, asc, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { Member } from '#schema/api/members.ts';
import { fold } from '#schema/fold.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { principal } from '#schema/index.ts';
import type { MEMBER_STATES, ValueOf } from '#schema/values.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { type Statement, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { permitWorkspace } from '../permit.ts';
import { administers, type MemberRow, memberView, selectMembers } from './member-queries.ts';

export interface ListMembersInput {
  /** How a name begins, in any case and without marks. */
  q: string | undefined;
  /** Those not removed, unless said; saying is for those who administrate people. */
  states: readonly ValueOf<typeof MEMBER_STATES>[] | undefined;
  teamId: Id<'team'> | undefined;
  limit: number;
  cursor: string | undefined;
}

/** The people of the desk, in the order in which they joined. @throws ServiceError forbidden. */
export const listMembers = defineRead({
  name: 'listMembers',
  permission: 'team.view',
  load: (input: ListMembersInput, { keys }) => ({
    found: statement(
      selectMembers()
        .where(
          and(
            isNotNull(principal.memberState),
            inArray(principal.memberState, [...(input.states ?? (['active', 'suspended'] as const))]),
            ...filtersOf(input),
            after(keys, input),
          ),
        )
        .orderBy(asc(principal.memberSince), asc(principal.id))
        .limit(input.limit + 1),
    ) as Statement<MemberRow[]>,
  }),
  decide({ found }, input, { authority, keys, now }) {
    const permit = permitWorkspace(authority, 'team.view', { view: 'team.view', single: false });
    const full = administers(authority);
    if (input.states !== undefined)
      permitWorkspace(authority, 'admin.manage_users', { view: 'admin.manage_users', single: false });
    const cursor = ({ member }: MemberRow) =>
      writeCursor(keys, placeOf(input), [member.memberSince?.getTime() ?? 0, member.id]);
    return unchanged<{ data: Member[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, (row) => memberView(row, full, now), cursor),
    );
  },
});

const filtersOf = ({ q, teamId }: ListMembersInput): (SQL | undefined)[] => [
  q === undefined
    ? undefined
    : sql`public.fold(${principal.displayName}) like ${`${fold(q).replaceAll(/[\\%_]/g, '\\$&')}%`}`,
  teamId === undefined
    ? undefined
    : sql`exists (select from team_memberships m where m.principal_id = ${principal.id} and m.team_id = ${idToUuid(teamId)}::uuid)`,
];

const placeOf = ({ q, states, teamId }: ListMembersInput): CursorPlace => ({
  operation: 'listMembers',
  sort: 'joined',
  filter: { q: q ?? null, states: states ?? null, teamId: teamId ?? null },
});

function after(keys: KeyRing, input: ListMembersInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`(${principal.memberSince}, ${principal.id}) > (${new Date(Number(at)).toISOString()}::timestamptz, ${idToUuid(id as Id)}::uuid)`;
}
