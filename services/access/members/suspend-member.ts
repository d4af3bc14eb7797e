import { defineVerb } from '#services/kernel/verb.ts';
import { changeMemberState, type MemberStateInput, memberStateQueries } from './change-member-state.ts';

/**
 * Shuts a member out, keys included, until they are reinstated.
 * @throws ServiceError not_found; conflict `self_change`, `last_owner`; forbidden `outranks_you`; unprocessable `target_not_member`.
 */
export const suspendMember = defineVerb({
  name: 'suspendMember',
  permission: 'admin.manage_users',
  target: ({ principalId }: MemberStateInput) => ({ type: 'principal', id: principalId }),
  load: memberStateQueries,
  decide: (loaded, input: MemberStateInput, by) => changeMemberState('suspended', loaded, input, by),
});
