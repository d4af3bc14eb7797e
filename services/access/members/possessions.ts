import { and, eq, isNull, or, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import {
  apiKeys,
  inboxes,
  inboxMemberships,
  invitation,
  principal,
  principalRoleAssignments,
  teamMemberships,
  user,
  webhooks,
} from '#schema/index.ts';
import type { LoadedRoot } from '#services/kernel/change.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import { type Assignment, selectAssignments } from '../roles/assignment-queries.ts';

/** All that a member has and loses on removal; grants and memberships are exact under the member's own guard. */
export interface Possessions {
  grants: Assignment[];
  memberships: (typeof teamMemberships.$inferSelect)[];
  inboxes: { membership: typeof inboxMemberships.$inferSelect; inbox: LoadedRoot & { id: Id<'inbox'> } }[];
  keys: (typeof apiKeys.$inferSelect)[];
  invitations: (typeof invitation.$inferSelect)[];
  webhooks: (LoadedRoot & { id: Id<'whk'> })[];
}

export const possessionQueries = (
  principalId: Id<'prin'>,
): { [K in keyof Possessions]: Statement<Possessions[K]> } => ({
  grants: statement<Assignment[]>(
    selectAssignments().where(
      and(eq(principalRoleAssignments.principalId, principalId), isNull(principalRoleAssignments.revokedAt)),
    ),
  ),
  memberships: statement(qb.select().from(teamMemberships).where(eq(teamMemberships.principalId, principalId))),
  inboxes: statement(
    qb
      .select({
        membership: inboxMemberships,
        inbox: { id: inboxes.id, revision: inboxes.revision, eventSeq: inboxes.eventSeq },
      })
      .from(inboxMemberships)
      .innerJoin(inboxes, eq(inboxes.id, inboxMemberships.inboxId))
      .where(eq(inboxMemberships.principalId, principalId)),
  ),
  keys: statement(
    qb
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.creatorPrincipalId, principalId), isNull(apiKeys.revokedAt))),
  ),
  invitations: statement(
    qb
      .select()
      .from(invitation)
      .where(
        and(
          eq(invitation.state, 'pending'),
          or(
            eq(invitation.invitedByPrincipalId, principalId),
            sql`${invitation.email} = (select ${user.email} from ${user} join ${principal} on ${principal.userId} = ${user.id} where ${principal.id} = ${idToUuid(principalId)}::uuid)`,
          ),
        ),
      ),
  ),
  webhooks: statement(
    qb
      .select({ id: webhooks.id, revision: webhooks.revision, eventSeq: webhooks.eventSeq })
      .from(webhooks)
      .where(and(eq(webhooks.ownerPrincipalId, principalId), isNull(webhooks.deletedAt))),
  ),
});

/**
 * What was given under a hold between load and commit makes the removal decide again: a key, an invitation, a place in an
 * inbox of which nobody here knew.
 */
export const nothingLeft = (principalId: Id<'prin'>): Statement =>
  run(sql`select public.require_rows(
    (select count(*) from api_keys where creator_principal_id = ${idToUuid(principalId)}::uuid and revoked_at is null)
    + (select count(*) from invitation where invited_by_principal_id = ${idToUuid(principalId)}::uuid and state = 'pending')
    + (select count(*) from inbox_memberships where principal_id = ${idToUuid(principalId)}::uuid)
    + (select count(*) from team_memberships where principal_id = ${idToUuid(principalId)}::uuid)
    + (select count(*) from principal_role_assignments where principal_id = ${idToUuid(principalId)}::uuid and revoked_at is null),
    0::bigint, 'member')`);
