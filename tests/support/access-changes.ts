import fc from 'fast-check';
import type { AccessChange } from '#schema/api/access.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { updateApiKey } from '#services/access/api-keys/update-api-key.ts';
import { reinstateMember } from '#services/access/members/reinstate-member.ts';
import { removeMember } from '#services/access/members/remove-member.ts';
import { suspendMember } from '#services/access/members/suspend-member.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission, TICKET_VIEWS } from '#services/access/permissions.ts';
import { grantRole } from '#services/access/roles/grant-role.ts';
import { revokeGrant } from '#services/access/roles/revoke-grant.ts';
import { updateRole } from '#services/access/roles/update-role.ts';
import { archiveTeam } from '#services/access/teams/archive-team.ts';
import { removeTeamMember } from '#services/access/teams/remove-team-member.ts';
import { setTeamMember } from '#services/access/teams/set-team-member.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import type { AccessDesk } from './access-desk.ts';
import { askVerb } from './ask-verb.ts';
import type { BuiltWorld } from './build-access-world.ts';

/** Makes a change by its verb, as the owner unless somebody else's token is given. */
export async function makeChange(
  desk: Pick<AccessDesk, 'db' | 'owner'>,
  change: AccessChange,
  now: Date,
  token = desk.owner.token,
): Promise<void> {
  const run = <I, O>(verb: AnyVerb<I, O>, input: I) => askVerb(desk.db.url, token, verb, input, now);
  switch (change.kind) {
    case 'setRolePermissions':
      await run(updateRole, { roleId: change.roleId, changes: { permissions: change.permissions }, ifMatch: null });
      return;
    case 'grant': {
      const { principalId, roleId, scope } = change;
      await run(grantRole, { principalId, roleId, scope, expiresAt: null, reason: null });
      return;
    }
    case 'revoke':
      await run(revokeGrant, { assignmentId: change.assignmentId });
      return;
    case 'membership': {
      const { teamId, principalId, role } = change;
      await (role === null
        ? run(removeTeamMember, { teamId, principalId })
        : run(setTeamMember, { teamId, principalId, role }));
      return;
    }
    case 'memberState': {
      const { principalId, state } = change;
      await (state === 'removed'
        ? run(removeMember, { principalId, reassignTicketsTo: null, transferKeysTo: null })
        : run(state === 'active' ? reinstateMember : suspendMember, { principalId, reason: null }));
      return;
    }
    case 'keyScopes':
      await run(updateApiKey, { keyId: change.keyId, changes: { scopes: change.scopes }, ifMatch: null });
      return;
    case 'archiveTeam':
      await run(archiveTeam, { teamId: change.teamId, ifMatch: null });
  }
}

interface Step {
  kind: AccessChange['kind'];
  a: number;
  b: number;
  flag: boolean;
  permissions: Permission[];
}

const ticketKeys = PERMISSION_KEYS.filter((key) => PERMISSIONS[key].resource === 'ticket') as Permission[];
/** A kind of change and picks among what is there. */
export const accessStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'setRolePermissions',
    'grant',
    'revoke',
    'membership',
    'memberState',
    'keyScopes',
    'archiveTeam',
  ),
  a: fc.nat({ max: 1000 }),
  b: fc.nat({ max: 1000 }),
  flag: fc.boolean(),
  permissions: fc
    .tuple(fc.constantFrom(...TICKET_VIEWS), fc.subarray(ticketKeys, { maxLength: 3 }))
    .map(([view, others]) => [view, ...others]),
});

/** A step as a change of this workspace as it is now. */
export async function changeOf(
  desk: AccessDesk,
  { kind, a, b, flag, permissions }: Step,
  built: BuiltWorld,
): Promise<AccessChange> {
  const pick = <T>(all: readonly T[], n: number): T => all[n % all.length] as T;
  const people = built.people.map(({ id }) => id);
  const uuids = people.map(idToUuid);
  const grants = await desk.db.query<{ id: Id<'rasn'>; role: Id<'role'> }>(
    `select to_typeid('rasn', id) as id, to_typeid('role', role_id) as role from principal_role_assignments
      where principal_id = any ($1::uuid[]) order by id`,
    [uuids],
  );
  const teamIds = [
    ...new Set(built.tickets.flatMap(({ facts }) => [facts.primaryTeamId ?? [], facts.assigneeTeamId ?? []].flat())),
  ].toSorted();
  const principalId = pick(people, a);
  const teamId = pick(teamIds, b);
  switch (kind) {
    case 'setRolePermissions':
      return { kind, roleId: pick(grants, a).role, permissions };
    case 'grant':
      return {
        kind,
        principalId,
        roleId: pick(grants, b).role,
        scope: flag ? { kind: 'workspace' } : { kind: 'team', id: teamId },
      };
    case 'revoke':
      return { kind, assignmentId: pick(grants, a).id };
    case 'membership':
      return { kind, teamId, principalId, role: flag ? 'member' : null };
    case 'memberState':
      return { kind, principalId, state: pick(['active', 'suspended', 'suspended', 'removed'] as const, b) };
    case 'keyScopes': {
      const { id } = pick(built.keys, a).key;
      const [key] = await desk.db.query<{ scope_keys: string[] }>('select scope_keys from api_keys where id = $1', [
        idToUuid(id),
      ]);
      return { kind, keyId: id, scopes: (key?.scope_keys ?? []).slice(0, 1 + (b % 3)) };
    }
    case 'archiveTeam':
      return { kind, teamId };
  }
}
