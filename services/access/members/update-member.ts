import type * as z from 'zod';
import type { Member, UpdateMemberBody } from '#schema/api/members.ts';
import type { Id } from '#schema/ids.ts';
import { principal } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { requireRank } from '../ceiling.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { heldPowersOf } from '../rules/held-powers.ts';
import { isSelf } from '../rules/self-change.ts';
import { type MemberRow, memberById, memberPayload, memberView } from './member-queries.ts';
import { requireMember } from './require-member.ts';

export interface UpdateMemberInput {
  principalId: Id<'prin'>;
  /** Absent keeps, null clears. */
  changes: Omit<z.output<typeof UpdateMemberBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

/**
 * Changes how a member is shown: somebody else by rank, oneself as one likes.
 * @throws ServiceError not_found; forbidden `outranks_you`; stale_version; unprocessable `target_not_member`.
 */
export const updateMember = defineVerb({
  name: 'updateMember',
  permission: 'admin.manage_users',
  target: ({ principalId }: UpdateMemberInput) => ({ type: 'principal', id: principalId }),
  load: ({ principalId }: UpdateMemberInput, { now }) => ({
    found: memberById(principalId),
    held: heldPowersOf(principalId, now),
  }),
  decide({ found: [before], held }, { principalId, changes, ifMatch }, { authority, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'team.view', single: true });
    if (before === undefined) throw notFound();
    const view = (row: MemberRow): Member => memberView(row, true, now);
    requireVersion(ifMatch, before.member.version, view(before));
    requireMember(before.member);
    if (!isSelf(authority, principalId)) requireRank(authority, held.get(principalId) ?? []);
    const after: MemberRow = { ...before, member: { ...before.member, ...given(changes), updatedAt: now } };
    const changed = fieldChanges(before.member, after.member, ['displayName', 'avatarUrl']);
    if (changed.length === 0) return unchanged(permit, view(before));
    after.member.version += 1;
    const { displayName, avatarUrl, version } = after.member;
    return change({
      permit,
      answer: view(after),
      roots: [
        {
          kind: 'update',
          table: principal,
          what: 'member',
          loaded: before.member,
          set: { displayName, avatarUrl, version },
        },
      ],
      audit: {
        action: 'member.updated',
        target: { type: 'principal', id: principalId, label: displayName },
        changes: auditChanges(changed),
      },
      events: [
        event({
          type: 'member.updated',
          entity: principalId,
          audience: 'internal',
          payload: { ...memberPayload(after), changes: changed, reason: null },
        }),
      ],
    });
  },
});
