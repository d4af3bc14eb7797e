import { and, inArray, isNull } from 'drizzle-orm';
import { principalRoleAssignments } from '#schema/index.ts';
import type { GRANT_REVOKE_REASONS, ValueOf } from '#schema/values.ts';
import { type EventDraft, event } from '#services/kernel/change.ts';
import { guard, qb, type Statement } from '#services/kernel/query.ts';
import { type Assignment, assignmentPayload } from './assignment-queries.ts';

type Reason = ValueOf<typeof GRANT_REVOKE_REASONS>;
type Ended = Pick<Assignment, 'grant' | 'role' | 'permissions'>;

/** Ends grants, all of them or the commit rolls back. Their holders are roots of the same change. */
export const endGrants = (ended: readonly Ended[], reason: Reason, now: Date): Statement[] =>
  ended.length === 0
    ? []
    : [
        guard(
          qb
            .update(principalRoleAssignments)
            .set({ revokedAt: now, revokeReason: reason })
            .where(
              and(
                inArray(
                  principalRoleAssignments.id,
                  ended.map(({ grant }) => grant.id),
                ),
                isNull(principalRoleAssignments.revokedAt),
              ),
            )
            .getSQL(),
          ended.length,
          'grants',
        ),
      ];

export const revokedEvents = (ended: readonly Ended[], reason: Reason): EventDraft[] =>
  ended.map((each) =>
    event({
      type: 'role_assignment.revoked',
      entity: each.grant.principalId,
      audience: 'internal',
      payload: { ...assignmentPayload(each), reason },
    }),
  );
