import * as z from 'zod';
import { CreateRoleBody, Role, RoleAssignment, SetRolePermissionsBody, UpdateRoleBody } from '#schema/api/roles.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { createRole } from '#services/access/roles/create-role.ts';
import { deleteRole } from '#services/access/roles/delete-role.ts';
import { getRole } from '#services/access/roles/get-role.ts';
import { listRoleHolders } from '#services/access/roles/list-role-holders.ts';
import { listRoles } from '#services/access/roles/list-roles.ts';
import { updateRole } from '#services/access/roles/update-role.ts';
import { staffRoute } from './route.ts';

const tag = 'roles';
const rolePath = z.strictObject({ roleId: idSchema('role') });
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const roleAnswer = (body: z.input<typeof Role>) => ({ status: 200 as const, body, headers: etag(body.version) });
const rolesOnly = { tag, permission: 'admin.manage_roles', check: 'workspace' } as const;

export const roleRoutes = [
  staffRoute({
    ...rolesOnly,
    id: 'createRole',
    method: 'POST',
    path: '/api/v1/roles',
    summary: 'Make a role',
    description: 'A role holds permissions that you hold at the workspace and for ever.',
    body: CreateRoleBody,
    answers: { 201: Role },
    reasons: ['unknown_permission', 'exceeds_ceiling', 'name_taken', 'limit_reached'],
    idempotency: 'key',
    verb: createRole,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/roles/${body.id}` },
    }),
  }),
  staffRoute({
    ...rolesOnly,
    id: 'listRoles',
    method: 'GET',
    path: '/api/v1/roles',
    summary: 'List roles, system roles first',
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(Role) },
    idempotency: 'natural',
    verb: listRoles,
    input: ({ query }) => ({ limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...rolesOnly,
    id: 'getRole',
    method: 'GET',
    path: '/api/v1/roles/{roleId}',
    summary: 'Read a role',
    params: rolePath,
    answers: { 200: Role },
    idempotency: 'natural',
    verb: getRole,
    input: ({ params }) => ({ roleId: params.roleId }),
    answer: roleAnswer,
  }),
  staffRoute({
    ...rolesOnly,
    id: 'updateRole',
    method: 'PATCH',
    path: '/api/v1/roles/{roleId}',
    summary: 'Change a role',
    description:
      'Absent keeps, null clears, permissions replace the whole set. It acts on everybody who holds the role.',
    params: rolePath,
    body: UpdateRoleBody,
    answers: { 200: Role },
    reasons: ['unknown_permission', 'exceeds_ceiling', 'own_role', 'system_role'],
    example: { body: { description: 'Answers in the evening' } },
    idempotency: 'key',
    version: 'optional',
    verb: updateRole,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({
      roleId: params.roleId,
      changes,
      ifMatch,
    }),
    answer: roleAnswer,
  }),
  staffRoute({
    ...rolesOnly,
    id: 'setRolePermissions',
    method: 'PUT',
    path: '/api/v1/roles/{roleId}/permissions',
    summary: 'Replace the permissions of a role',
    description: 'The whole set. Only what is added needs to be yours to give.',
    params: rolePath,
    body: SetRolePermissionsBody,
    answers: { 200: Role },
    reasons: ['unknown_permission', 'exceeds_ceiling', 'own_role', 'system_role'],
    example: { body: { permissions: ['team.view', 'ticket.view_all'] } },
    idempotency: 'natural',
    version: 'required',
    verb: updateRole,
    input: ({ params, body, ifMatch }) => ({ roleId: params.roleId, changes: body, ifMatch }),
    answer: roleAnswer,
  }),
  staffRoute({
    ...rolesOnly,
    id: 'deleteRole',
    method: 'DELETE',
    path: '/api/v1/roles/{roleId}',
    summary: 'Delete a role',
    description:
      'In use it goes only with another role to take its place, at the same scopes and until the same moments.',
    params: rolePath,
    query: z.strictObject({ reassignTo: idSchema('role').optional() }),
    answers: { 204: null },
    reasons: [
      'role_in_use',
      'own_role',
      'system_role',
      'exceeds_ceiling',
      'outranks_you',
      'owner_required',
      'person_required',
      'unknown_reference',
      'scope_not_allowed',
    ],
    idempotency: 'natural',
    version: 'optional',
    verb: deleteRole,
    input: ({ params, query, ifMatch }) => ({
      roleId: params.roleId,
      reassignTo: query.reassignTo ?? null,
      ifMatch,
    }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...rolesOnly,
    id: 'listRoleHolders',
    method: 'GET',
    path: '/api/v1/roles/{roleId}/holders',
    summary: 'List who holds a role, and where',
    params: rolePath,
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(RoleAssignment) },
    idempotency: 'natural',
    verb: listRoleHolders,
    input: ({ params, query }) => ({ roleId: params.roleId, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
];
