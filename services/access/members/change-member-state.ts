import type { Member } from '#schema/api/members.ts';
import type { Id } from '#schema/ids.ts';
import { principal } from '#schema/index.ts';
import { change, type Decision, event, type LoadedRoot, unchanged } from '#services/kernel/change.ts';
import type { Deciding, Loading } from '#services/kernel/verb.ts';
import type { Authority } from '../authority.ts';
import { requireRank } from '../ceiling.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { type HeldPowers, heldPowersOf } from '../rules/held-powers.ts';
import { bumpOwnerRole, ownerQueries, requireOwnerRemains } from '../rules/last-owner.ts';
import { requireOther } from '../rules/self-change.ts';
import { type MemberRow, memberById, memberPayload, memberView } from './member-queries.ts';
import { holdsOwner, isPermanentOwner } from './owner-member.ts';
import { requireMember } from './require-member.ts';

export interface MemberStateInput {
  principalId: Id<'prin'>;
  reason: string | null;
}

export const memberStateQueries = ({ principalId }: MemberStateInput, { now }: Loading) => ({
  found: memberById(principalId),
  held: heldPowersOf(principalId, now),
  ...ownerQueries(principalId),
});

interface Loaded {
  found: readonly MemberRow[];
  held: HeldPowers;
  ownerRole: readonly LoadedRoot[];
  otherOwners: readonly unknown[];
}

/**
 * Suspends or reinstates. Grants, memberships and keys stay where they are; they are worth nothing meanwhile, because
 * authority is read from active members only.
 */
export function changeMemberState(
  to: 'active' | 'suspended',
  { found: [before], held, ownerRole, otherOwners }: Loaded,
  { principalId, reason }: MemberStateInput,
  { authority, now }: Deciding & { authority: Authority },
): Decision<Member> {
  const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'team.view', single: true });
  if (before === undefined) throw notFound();
  requireMember(before.member);
  const from = before.member.memberState;
  if (from === to) return unchanged(permit, memberView(before, true, now));
  requireOther(authority, principalId);
  requireRank(authority, held.get(principalId) ?? []);
  if (to === 'suspended') requireOwnerRemains(isPermanentOwner(before), otherOwners);
  const set = to === 'suspended' ? { memberState: to, tokensValidAfter: now } : { memberState: to };
  const after: MemberRow = { ...before, member: { ...before.member, ...set } };
  return change({
    permit,
    answer: memberView(after, true, now),
    roots: [
      { kind: 'update', table: principal, what: 'member', loaded: before.member, set },
      ...(to === 'suspended' && holdsOwner(before) ? [bumpOwnerRole(ownerRole)] : []),
    ],
    audit: {
      action: 'member.updated',
      target: { type: 'principal', id: principalId, label: before.member.displayName },
      changes: { state: [from, to], ...(reason === null ? {} : { reason: [null, reason] }) },
    },
    events: [
      event({
        type: 'member.updated',
        entity: principalId,
        audience: 'internal',
        payload: { ...memberPayload(after), changes: [{ field: 'state', from, to }], reason },
      }),
    ],
  });
}
