import type { AccessChange, AccessPreview } from '#schema/api/access.ts';
import { revokeApiKey } from '#services/access/api-keys/revoke-api-key.ts';
import { updateApiKey } from '#services/access/api-keys/update-api-key.ts';
import { reinstateMember } from '#services/access/members/reinstate-member.ts';
import { removeMember } from '#services/access/members/remove-member.ts';
import { suspendMember } from '#services/access/members/suspend-member.ts';
import { grantRole } from '#services/access/roles/grant-role.ts';
import { revokeGrant } from '#services/access/roles/revoke-grant.ts';
import { updateRole } from '#services/access/roles/update-role.ts';
import { archiveTeam } from '#services/access/teams/archive-team.ts';
import { removeTeamMember } from '#services/access/teams/remove-team-member.ts';
import { setTeamMember } from '#services/access/teams/set-team-member.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { AnyVerb, Loading } from '#services/kernel/verb.ts';
import { differenceOf, differenceQuery } from './difference.ts';

type Told = Pick<AccessPreview, 'differences' | 'more'>;
type Foreseen = readonly [verb: AnyVerb<never, unknown>, changes: (input: never) => AccessChange[]];

const foreseen = <Input, Output>(verb: AnyVerb<Input, Output>, changes: (input: Input) => AccessChange[]): Foreseen =>
  [verb, changes] as unknown as Foreseen;

/** The verbs whose effect on access a preview can name, the other way round than `rehearse`. */
const FORESEEN: ReadonlyMap<unknown, Foreseen[1]> = new Map([
  foreseen(updateRole, ({ roleId, changes: { permissions } }) =>
    permissions === undefined ? [] : [{ kind: 'setRolePermissions', roleId, permissions: [...permissions] }],
  ),
  foreseen(grantRole, ({ principalId, roleId, scope, expiresAt }) => [
    {
      kind: 'grant',
      principalId,
      roleId,
      scope,
      ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
    },
  ]),
  foreseen(revokeGrant, ({ assignmentId }) => [{ kind: 'revoke', assignmentId }]),
  foreseen(setTeamMember, ({ teamId, principalId, role }) => [{ kind: 'membership', teamId, principalId, role }]),
  foreseen(removeTeamMember, ({ teamId, principalId }) => [{ kind: 'membership', teamId, principalId, role: null }]),
  foreseen(suspendMember, ({ principalId }) => [{ kind: 'memberState', principalId, state: 'suspended' }]),
  foreseen(reinstateMember, ({ principalId }) => [{ kind: 'memberState', principalId, state: 'active' }]),
  foreseen(removeMember, ({ principalId }) => [{ kind: 'memberState', principalId, state: 'removed' }]),
  foreseen(updateApiKey, ({ keyId, changes: { scopes } }) =>
    scopes === undefined ? [] : [{ kind: 'keyScopes', keyId, scopes: [...scopes] }],
  ),
  foreseen(revokeApiKey, ({ keyId }) => [{ kind: 'keyScopes', keyId, scopes: [] }]),
  foreseen(archiveTeam, ({ teamId }) => [{ kind: 'archiveTeam', teamId }]),
]);

/**
 * The statement that tells who gains and loses what by a verb, for the load of its dry run; nothing for a verb or an input
 * that changes nobody's access, or whose effect is no change that `previewAccess` knows.
 */
export function foresee(verb: unknown, input: unknown): ((at: Loading) => Statement<Told>) | undefined {
  const changes = FORESEEN.get(verb)?.(input as never) ?? [];
  if (changes.length === 0) return undefined;
  return ({ auth, now }) => {
    const query = differenceQuery(changes, auth, now);
    return { ...query, read: (result) => differenceOf(query.read(result)) };
  };
}
