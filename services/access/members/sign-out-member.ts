import type { Id } from '#schema/ids.ts';
import { principal } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireRank } from '../ceiling.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { heldPowersOf } from '../rules/held-powers.ts';
import { isSelf } from '../rules/self-change.ts';
import { type MemberRow, memberById, memberPayload, memberView } from './member-queries.ts';
import { requireMember } from './require-member.ts';

/**
 * Every token a person was given before now stops counting. API keys are no tokens of a person; they stay.
 * @throws ServiceError not_found; forbidden `outranks_you`; unprocessable `target_not_member`.
 */
export const signOutMember = defineVerb({
  name: 'signOutMember',
  permission: 'admin.manage_users',
  target: ({ principalId }: { principalId: Id<'prin'> }) => ({ type: 'principal', id: principalId }),
  load: ({ principalId }: { principalId: Id<'prin'> }, { now }) => ({
    found: memberById(principalId),
    held: heldPowersOf(principalId, now),
  }),
  decide({ found: [before], held }, { principalId }, { authority, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'team.view', single: true });
    if (before === undefined) throw notFound();
    requireMember(before.member);
    if (!isSelf(authority, principalId)) requireRank(authority, held.get(principalId) ?? []);
    const from = before.member.tokensValidAfter?.toISOString() ?? null;
    const to = now.toISOString();
    const after: MemberRow = { ...before, member: { ...before.member, tokensValidAfter: now } };
    return change({
      permit,
      answer: memberView(after, true, now),
      roots: [
        { kind: 'update', table: principal, what: 'member', loaded: before.member, set: { tokensValidAfter: now } },
      ],
      audit: {
        action: 'member.updated',
        target: { type: 'principal', id: principalId, label: before.member.displayName },
        changes: { tokensValidAfter: [from, to] },
      },
      events: [
        event({
          type: 'member.updated',
          entity: principalId,
          audience: 'internal',
          payload: { ...memberPayload(after), changes: [{ field: 'tokensValidAfter', from, to }], reason: null },
        }),
      ],
    });
  },
});
