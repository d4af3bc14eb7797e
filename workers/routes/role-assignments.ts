import * as z from 'zod';
import { ChangeGrantExpiryBody, GrantRoleBody, RoleAssignment } from '#schema/api/roles.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { changeGrantExpiry } from '#services/access/roles/change-grant-expiry.ts';
import { grantRole } from '#services/access/roles/grant-role.ts';
import { listRoleAssignments } from '#services/access/roles/list-role-assignments.ts';
import { revokeGrant } from '#services/access/roles/revoke-grant.ts';
import { staffRoute } from './route.ts';

const tag = 'roles';
const memberPath = z.strictObject({ principalId: idSchema('prin') });
const assignmentPath = z.strictObject({ assignmentId: idSchema('rasn') });
const rolesOnly = { tag, permission: 'admin.manage_roles', check: 'workspace' } as const;
const instant = (text: string | null | undefined): Date | null => (text == null ? null : new Date(text));

export const roleAssignmentRoutes = [
  staffRoute({
    ...rolesOnly,
    id: 'grantRole',
    method: 'POST',
    path: '/api/v1/members/{principalId}/role-assignments',
    summary: 'Grant a role to a member',
    description:
      'At the workspace, a team or an inbox; for ever, or until a moment. Never more than you hold, nor for longer. `inertPermissions` names what gives nothing at that scope.',
    params: memberPath,
    body: GrantRoleBody,
    answers: { 201: RoleAssignment },
    reasons: [
      'target_not_member',
      'self_change',
      'exceeds_ceiling',
      'unknown_reference',
      'scope_archived',
      'out_of_range',
      'limit_reached',
      'already_assigned',
      'owner_required',
      'person_required',
      'scope_not_allowed',
      'user_not_verified',
    ],
    idempotency: 'key',
    verb: grantRole,
    input: ({ params, body }) => ({
      principalId: params.principalId,
      roleId: body.roleId,
      scope: body.scope,
      expiresAt: instant(body.expiresAt),
      reason: body.reason ?? null,
    }),
    answer: (body) => ({
      status: 201,
      body,
      headers: { location: `/api/v1/members/${body.principalId}/role-assignments` },
    }),
  }),
  staffRoute({
    ...rolesOnly,
    id: 'listRoleAssignments',
    method: 'GET',
    path: '/api/v1/members/{principalId}/role-assignments',
    summary: 'List the grants of a member, the newest first',
    params: memberPath,
    query: z.strictObject({
      ended: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: 'The ended ones instead of the live ones.' }),
      ...pageQuery(),
    }),
    answers: { 200: pageOf(RoleAssignment) },
    idempotency: 'natural',
    verb: listRoleAssignments,
    input: ({ params, query }) => ({
      principalId: params.principalId,
      ended: query.ended === 'true',
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...rolesOnly,
    id: 'changeGrantExpiry',
    method: 'PATCH',
    path: '/api/v1/role-assignments/{assignmentId}',
    summary: 'Change when a grant ends',
    description: 'Null is for ever. Extending needs that you hold the same at least as long.',
    params: assignmentPath,
    body: ChangeGrantExpiryBody,
    answers: { 200: RoleAssignment },
    reasons: [
      'already_ended',
      'self_change',
      'outranks_you',
      'exceeds_ceiling',
      'owner_required',
      'person_required',
      'last_owner',
      'out_of_range',
    ],
    example: { body: { expiresAt: null } },
    idempotency: 'key',
    verb: changeGrantExpiry,
    input: ({ params, body }) => ({ assignmentId: params.assignmentId, expiresAt: instant(body.expiresAt) }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...rolesOnly,
    id: 'revokeGrant',
    method: 'DELETE',
    path: '/api/v1/role-assignments/{assignmentId}',
    summary: 'End a grant at once',
    params: assignmentPath,
    answers: { 204: null },
    reasons: ['self_change', 'outranks_you', 'last_owner'],
    idempotency: 'natural',
    verb: revokeGrant,
    input: ({ params }) => ({ assignmentId: params.assignmentId }),
    answer: () => ({ status: 204 }),
  }),
];
