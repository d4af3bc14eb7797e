import { eq, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { authIssuerRules, authIssuers, invitation, principal, principalRoleAssignments, roles } from '#schema/index.ts';
import { change, event, type RootWrite } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { type Deciding, defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import type { Authority } from '../authority.ts';
import { requireCeiling, requireRank } from '../ceiling.ts';
import { holdRow } from '../hold.ts';
import { promisedUntil } from '../invitations/promised-until.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { heldPowersQuery } from '../rules/held-powers.ts';
import { requireEditableRole } from '../rules/own-role.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { type Assignment, assignmentPayload, isLiveGrant, powersOfGrant } from './assignment-queries.ts';
import { endGrants, revokedEvents } from './end-grants.ts';
import { scopeOf } from './grant-scope.ts';
import { type RoleRow, roleById, rolePayload, roleView } from './role-queries.ts';
import { heirGrants, noUsesLeft, placeOf, roleUses } from './role-uses.ts';

export interface DeleteRoleInput {
  roleId: Id<'role'>;
  /** The role that its holders, pending invitations and issuer rules get instead. */
  reassignTo: Id<'role'> | null;
  ifMatch: VersionGuard | null;
}

/**
 * Deletes a custom role. In use it goes only with a role to take its place, scope by scope and until the same moment.
 * @throws ServiceError not_found; stale_version; conflict `system_role`, `own_role`, `role_in_use`; forbidden
 *   `exceeds_ceiling`, `outranks_you`, `owner_required`, `person_required`; unprocessable `unknown_reference`, `scope_not_allowed`.
 */
export const deleteRole = defineVerb({
  name: 'deleteRole',
  permission: 'admin.manage_roles',
  target: ({ roleId }: DeleteRoleInput) => ({ type: 'role', id: roleId }),

  load: ({ roleId, reassignTo }: DeleteRoleInput, { auth, now }) => ({
    found: roleById(roleId),
    heir: roleById(reassignTo ?? undefined),
    ...roleUses(roleId, now),
    twins: heirGrants(roleId, reassignTo),
    acting: actingRolesQuery(auth, now),
    held: heldPowersQuery(
      sql`select principal_id from principal_role_assignments where role_id = ${idToUuid(roleId)}::uuid and revoked_at is null`,
      now,
    ),
  }),

  decide(loaded, { reassignTo, ifMatch }, by) {
    const { authority, now } = by;
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: true });
    const [row] = loaded.found;
    if (row === undefined) throw notFound();
    requireVersion(ifMatch, row.role.version, roleView(row));
    requireEditableRole(row.role, loaded.acting);
    const { grants, invitations, issuers } = loaded;
    const isLive = ({ grant }: Assignment): boolean => isLiveGrant(grant, now);
    const live = grants.filter(isLive);
    const over = [...grants, ...loaded.twins].filter((each) => !isLive(each));
    const heir = heirOf(row, reassignTo, loaded.heir);
    if (heir === undefined && live.length + invitations.length + issuers.length > 0)
      throw inUse({ grants: live, invitations, issuers });
    if (heir !== undefined) {
      const promised = invitations.map(({ roleDays, expiresAt }) => promisedUntil(roleDays, expiresAt));
      requireCeiling(authority, [
        ...live.flatMap(({ grant }) => powersOfGrant(heir.permissions, scopeOf(grant), grant.expiresAt)),
        ...promised.flatMap((until) => powersOfGrant(heir.permissions, { kind: 'workspace' }, until)),
      ]);
      for (const { grant } of live) requireRank(authority, loaded.held.get(grant.principalId) ?? []);
      if (issuers.length > 0) requireOwner(authority, loaded.acting);
    }
    const taken = new Set(loaded.twins.filter(isLive).map(placeOf));
    const regranted =
      heir === undefined ? [] : live.filter((each) => !taken.has(placeOf(each))).map((each) => regrant(each, heir, by));
    return change({
      permit,
      answer: null,
      holds: heir === undefined ? [] : [holdRow('roles', heir.role)],
      roots: [
        { kind: 'update', table: roles, what: 'role', loaded: row.role, set: { deletedAt: now } },
        ...holderRoots(grants),
        ...(invitations.length === 0 || heir === undefined
          ? []
          : [updates(invitation, 'invitations', invitations, { roleId: heir.role.id })]),
        ...(issuers.length === 0
          ? []
          : [updates(authIssuers, 'issuers', issuers, { rulesVersion: sql`${authIssuers.rulesVersion} + 1` })]),
      ],
      writes: [
        ...endGrants(over, 'expired', now),
        ...endGrants(live, 'role_deleted', now),
        ...(regranted.length === 0
          ? []
          : [statement(qb.insert(principalRoleAssignments).values(regranted.map(({ grant }) => grant)))]),
        ...(issuers.length === 0 || heir === undefined
          ? []
          : [
              statement(
                qb.update(authIssuerRules).set({ roleId: heir.role.id }).where(eq(authIssuerRules.roleId, row.role.id)),
              ),
            ]),
        noUsesLeft(row.role.id, now),
      ],
      audit: {
        action: 'role.deleted',
        target: { type: 'role', id: row.role.id, label: row.role.name },
        changes: {
          key: [row.role.key, null],
          reassignedTo: [null, heir?.role.key ?? null],
          grants: { ended: grants.length, regranted: regranted.length },
          permissions: { added: [], removed: row.permissions },
        },
      },
      events: [
        event({
          type: 'role.deleted',
          entity: row.role.id,
          audience: 'internal',
          payload: { ...rolePayload(row), reassignedTo: heir?.role.id ?? null },
        }),
        ...revokedEvents(over, 'expired'),
        ...revokedEvents(live, 'role_deleted'),
        ...issuers.map(({ id, issuer, kind, provision }) =>
          event({
            type: 'auth_issuer.updated',
            entity: id,
            audience: 'internal',
            payload: {
              issuerId: id,
              issuer,
              kind,
              provision,
              changes: [{ field: 'rules.roleId', from: row.role.id, to: heir?.role.id ?? null }],
            },
          }),
        ),
        ...regranted.map((each) =>
          event({
            type: 'role_assignment.created',
            entity: each.grant.principalId,
            audience: 'internal',
            payload: assignmentPayload(each),
          }),
        ),
      ],
    });
  },
});

function heirOf(row: RoleRow, wanted: Id<'role'> | null, [heir]: readonly RoleRow[]): RoleRow | undefined {
  if (wanted === null) return undefined;
  if (heir === undefined || heir.role.id === row.role.id) {
    const detail = 'There is no other role with this id.';
    throw new ServiceError('unprocessable', detail, {
      reason: 'unknown_reference',
      errors: [{ in: 'query', pointer: '/reassignTo', code: 'unknown_reference', detail }],
    });
  }
  if (heir.role.isSystem && heir.role.key === 'owner') {
    throw new ServiceError('unprocessable', 'Owners are made one by one.', { reason: 'scope_not_allowed' });
  }
  return heir;
}

const MOST_NAMED = 20;

function inUse(uses: {
  grants: readonly Assignment[];
  invitations: readonly { id: Id }[];
  issuers: readonly { id: Id }[];
}): ServiceError {
  const ids = (those: readonly Id[]): Id[] => those.slice(0, MOST_NAMED);
  return new ServiceError('conflict', 'This role is in use; name one that takes its place.', {
    reason: 'role_in_use',
    extra: {
      uses: {
        principalIds: ids(uses.grants.map(({ grant }) => grant.principalId)),
        invitationIds: ids(uses.invitations.map(({ id }) => id)),
        issuerIds: ids(uses.issuers.map(({ id }) => id)),
      },
    },
  });
}

/** The same place until the same moment, in another role; an issuer's grant stays the issuer's, as its rules move along. */
const regrant = (
  { grant, holder }: Assignment,
  { role, permissions }: RoleRow,
  { ids, now, authority }: Deciding & { authority: Authority },
): Assignment => ({
  grant: {
    ...grant,
    id: newId(ids, 'rasn'),
    roleId: role.id,
    grantedByPrincipalId: authority.principalId,
    createdAt: now,
  },
  role,
  permissions,
  holder,
});

const updates = (
  table: Extract<RootWrite, { kind: 'updates' }>['table'],
  what: string,
  loaded: Extract<RootWrite, { kind: 'updates' }>['loaded'],
  set: Record<string, unknown>,
): RootWrite => ({ kind: 'updates', table, what, loaded, set });

/** Each holder once, however many grants of the role they have. */
function holderRoots(grants: readonly Assignment[]): RootWrite[] {
  const holders = [...new Map(grants.map(({ holder }) => [holder.id, holder])).values()];
  return holders.length === 0 ? [] : [updates(principal, 'members', holders, {})];
}
