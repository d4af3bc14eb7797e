import { and, desc, lt, type SQL, sql } from 'drizzle-orm';
import type { Invitation, SHOWN_INVITATION_STATES } from '#schema/api/invitations.ts';
import type { Id } from '#schema/ids.ts';
import { invitation } from '#schema/index.ts';
import type { ValueOf } from '#schema/values.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { permitWorkspace } from '../permit.ts';
import { type InvitationRow, invitationView } from './invitation-view.ts';

export interface ListInvitationsInput {
  state: ValueOf<typeof SHOWN_INVITATION_STATES> | undefined;
  limit: number;
  cursor: string | undefined;
}

/** The invitations, ended ones too, the newest first. */
export const listInvitations = defineRead({
  name: 'listInvitations',
  permission: 'admin.manage_users',
  load: (input: ListInvitationsInput, { keys, now }) => ({
    found: statement<InvitationRow[]>(
      qb
        .select()
        .from(invitation)
        .where(
          and(
            inState(input.state, now),
            input.cursor === undefined
              ? undefined
              : lt(invitation.id, readCursor(keys, placeOf(input), input.cursor)[0] as Id<'inv'>),
          ),
        )
        .orderBy(desc(invitation.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, input, { authority, keys, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'admin.manage_users', single: false });
    const cursor = ({ id }: InvitationRow) => writeCursor(keys, placeOf(input), [id]);
    return unchanged<{ data: Invitation[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, (row) => invitationView(row, now), cursor),
    );
  },
});

function inState(state: ListInvitationsInput['state'], now: Date): SQL | undefined {
  const moment = sql`${now.toISOString()}::timestamptz`;
  switch (state) {
    case undefined:
      return undefined;
    case 'pending':
      return sql`${invitation.state} = 'pending' and ${invitation.expiresAt} > ${moment}`;
    case 'expired':
      return sql`${invitation.state} = 'pending' and ${invitation.expiresAt} <= ${moment}`;
    default:
      return sql`${invitation.state} = ${state}`;
  }
}

const placeOf = ({ state }: ListInvitationsInput): CursorPlace => ({
  operation: 'listInvitations',
  sort: '-id',
  filter: { state: state ?? null },
});
