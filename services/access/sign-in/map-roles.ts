import { type Id, newId } from '#schema/ids.ts';
import { principalRoleAssignments } from '#schema/index.ts';
import { event } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { holdRow } from '../hold.ts';
import { type Assignment, assignmentPayload } from '../roles/assignment-queries.ts';
import { endGrants, revokedEvents } from '../roles/end-grants.ts';
import type { Mapped } from './map-claims.ts';
import type { HeldGrant, MappedRole } from './sign-in.ts';

const MOST_GRANTS = 50;

/** The roles of an issuer's rules as grants at the workspace. A grant of somebody else's for the same role is enough. */
export function mapRoles(
  wanted: readonly MappedRole[],
  held: readonly HeldGrant[],
  { issuerId, principalId }: { issuerId: Id<'iss'>; principalId: Id<'prin'> },
  { now, ids }: Pick<Deciding, 'now' | 'ids'>,
): Mapped {
  const asEnded = (grant: HeldGrant): Pick<Assignment, 'grant' | 'role' | 'permissions'> => ({
    grant: {
      ...blank(grant.id, principalId, grant.roleId, grant.createdAt),
      source: grant.source,
      issuerId: grant.own ? issuerId : null,
      expiresAt: grant.expiresAt,
    },
    role: { id: grant.roleId, key: grant.roleKey, name: grant.roleName },
    permissions: grant.permissions,
  });
  const isOver = ({ expiresAt }: HeldGrant): boolean => expiresAt !== null && expiresAt <= now;
  const gone = held.filter((grant) => grant.own && !wanted.some(({ roleId }) => roleId === grant.roleId));
  const live = held.filter((grant) => !isOver(grant));
  const added = wanted
    .filter(({ roleId }) => !live.some((grant) => grant.roleId === roleId))
    .slice(0, Math.max(0, MOST_GRANTS - live.length + gone.length));
  const over = held.filter((grant) => isOver(grant) && added.some(({ roleId }) => roleId === grant.roleId));
  const made = added.map(({ roleId, roleKey, roleName, permissions }) => ({
    grant: { ...blank(newId(ids, 'rasn'), principalId, roleId, now), source: 'issuer' as const, issuerId },
    role: { id: roleId, key: roleKey, name: roleName },
    permissions,
  }));
  const ended = gone.map(asEnded);
  const replaced = over.map(asEnded);
  return {
    holds: added.map(({ roleId, revision }) => holdRow('roles', { id: roleId, revision })),
    writes: [
      ...endGrants(ended, 'issuer_sync', now),
      ...endGrants(replaced, 'expired', now),
      ...(made.length === 0
        ? []
        : [statement(qb.insert(principalRoleAssignments).values(made.map(({ grant }) => grant)))]),
    ],
    events: [
      ...revokedEvents(ended, 'issuer_sync'),
      ...revokedEvents(replaced, 'expired'),
      ...made.map((each) =>
        event({
          type: 'role_assignment.created',
          entity: principalId,
          audience: 'internal',
          payload: assignmentPayload(each),
        }),
      ),
    ],
    changed: { added: added.map(({ roleKey }) => roleKey), removed: gone.map(({ roleKey }) => roleKey) },
  };
}

const blank = (id: Id<'rasn'>, principalId: Id<'prin'>, roleId: Id<'role'>, createdAt: Date) => ({
  id,
  principalId,
  roleId,
  scopeKind: 'workspace' as const,
  teamId: null,
  inboxId: null,
  grantedByPrincipalId: null,
  reason: null,
  expiresAt: null,
  revokedAt: null,
  revokeReason: null,
  createdAt,
});
