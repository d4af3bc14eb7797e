import {
  AccessExplanation,
  AccessPreview,
  ExplainAccessBody,
  Passing,
  PreviewAccessBody,
  WhoCanBody,
} from '#schema/api/access.ts';
import { pageOf } from '#schema/api/shared.ts';
import { explainAccess } from '#services/explain/explain-access.ts';
import { previewAccess } from '#services/explain/preview-access.ts';
import { askedOf } from '#services/explain/subject.ts';
import { whoCan } from '#services/explain/who-can.ts';
import { staffRoute } from './route.ts';

const tag = 'access';

export const accessRoutes = [
  staffRoute({
    id: 'explainAccess',
    method: 'POST',
    path: '/api/v1/access/explain',
    tag,
    summary: 'Explain what somebody may do, and why',
    description:
      'About yourself, who is meant when nobody is named, and your own keys; about others with `admin.manage_users`. A ticket, team or inbox that you do not see is not explained.',
    permission: 'self',
    check: 'resource',
    body: ExplainAccessBody,
    answers: { 200: AccessExplanation },
    reasons: ['unknown_permission'],
    refuses: ['not_found'],
    idempotency: 'none',
    example: { body: { permission: 'ticket.reply_public' } },
    verb: explainAccess,
    input: ({ body }) => ({ asked: askedOf(body), permission: body.permission, resource: body.resource }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'whoCan',
    method: 'POST',
    path: '/api/v1/access/who-can',
    tag,
    summary: 'List the members and keys that may do something',
    description:
      'A page may be short, even empty, and have more behind it: follow `page.next` until `hasMore` is false.',
    permission: 'admin.manage_users',
    check: 'workspace',
    body: WhoCanBody,
    answers: { 200: pageOf(Passing) },
    reasons: ['unknown_permission'],
    refuses: ['not_found'],
    idempotency: 'none',
    example: { body: { permission: 'ticket.reply_public' } },
    verb: whoCan,
    input: ({ body }) => body,
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'previewAccess',
    method: 'POST',
    path: '/api/v1/access/preview',
    tag,
    summary: 'See who would gain and lose what',
    description:
      'Nothing is written. Each change needs the permission that making it needs, and is decided on things as they are now; the difference is that of all changes together.',
    permission: { anyOf: ['admin.manage_roles', 'admin.manage_users', 'admin.manage_api_keys', 'team.manage'] },
    check: 'resource',
    body: PreviewAccessBody,
    answers: { 200: AccessPreview },
    refuses: ['not_found'],
    idempotency: 'none',
    limits: ['heavy'],
    example: {
      body: {
        changes: [
          { kind: 'setRolePermissions', roleId: 'role_01h455vb4pex5vsknk084sn02q', permissions: ['team.view'] },
        ],
      },
    },
    verb: previewAccess,
    input: ({ body }) => body,
    answer: (body) => ({ status: 200, body }),
  }),
];
