import { defineVerb } from '#services/kernel/verb.ts';
import { changeMemberState, type MemberStateInput, memberStateQueries } from './change-member-state.ts';

/**
 * Lets a suspended member work again, with what they held.
 * @throws ServiceError not_found; conflict `self_change`; forbidden `outranks_you`; unprocessable `target_not_member`.
 */
export const reinstateMember = defineVerb({
  name: 'reinstateMember',
  permission: 'admin.manage_users',
  target: ({ principalId }: MemberStateInput) => ({ type: 'principal', id: principalId }),
  load: memberStateQueries,
  decide: (loaded, input: MemberStateInput, by) => changeMemberState('active', loaded, input, by),
});
