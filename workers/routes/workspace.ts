import { UpdateWorkspaceBody, Workspace } from '#schema/api/workspace.ts';
import { getWorkspace } from '#services/workspace/get-workspace.ts';
import { updateWorkspace } from '#services/workspace/update-workspace.ts';
import { staffRoute } from './route.ts';

const tag = 'workspace';
const workspaceAnswer = (body: Workspace) => ({
  status: 200 as const,
  body,
  headers: { etag: `"${body.version}"` },
});

export const workspaceRoutes = [
  staffRoute({
    id: 'getWorkspace',
    method: 'GET',
    path: '/api/v1/workspace',
    tag,
    summary: 'Read the settings of the workspace',
    permission: 'admin.manage_settings',
    check: 'workspace',
    answers: { 200: Workspace },
    idempotency: 'natural',
    verb: getWorkspace,
    input: () => ({}),
    answer: workspaceAnswer,
  }),
  staffRoute({
    id: 'updateWorkspace',
    method: 'PATCH',
    path: '/api/v1/workspace',
    tag,
    summary: 'Change the settings of the workspace',
    permission: 'admin.manage_settings',
    check: 'workspace',
    body: UpdateWorkspaceBody,
    answers: { 200: Workspace },
    reasons: ['unknown_time_zone', 'unknown_table', 'out_of_range'],
    idempotency: 'key',
    version: 'optional',
    example: { body: { name: 'Lighthouse Supply' } },
    verb: updateWorkspace,
    input: ({ body: { version: _guard, ...changes }, ifMatch }) => ({ changes, ifMatch }),
    answer: workspaceAnswer,
  }),
];
