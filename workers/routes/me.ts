import { CatalogPermission, Me, UpdateMeBody } from '#schema/api/me.ts';
import { pageOf } from '#schema/api/shared.ts';
import { listPermissions } from '#services/access/list-permissions.ts';
import { getMe } from '#services/access/me/get-me.ts';
import { signOutMe } from '#services/access/me/sign-out-me.ts';
import { updateMe } from '#services/access/me/update-me.ts';
import { staffRoute } from './route.ts';

const tag = 'me';
const meAnswer = (body: Me) => ({ status: 200 as const, body, headers: { etag: `"${body.version}"` } });

export const meRoutes = [
  staffRoute({
    id: 'getMe',
    method: 'GET',
    path: '/api/v1/me',
    tag,
    summary: 'Read who you are and what you may do now',
    permission: 'self',
    check: 'workspace',
    answers: { 200: Me },
    idempotency: 'natural',
    verb: getMe,
    input: () => ({}),
    answer: meAnswer,
  }),
  staffRoute({
    id: 'updateMe',
    method: 'PATCH',
    path: '/api/v1/me',
    tag,
    summary: 'Change your name or picture',
    description: 'For people: a key has the name its manager gives it.',
    permission: 'self',
    check: 'workspace',
    body: UpdateMeBody,
    answers: { 200: Me },
    reasons: ['person_required'],
    idempotency: 'key',
    version: 'optional',
    verb: updateMe,
    input: ({ body: { version: _guard, ...changes }, ifMatch }) => ({ changes, ifMatch }),
    answer: meAnswer,
  }),
  staffRoute({
    id: 'signOutMe',
    method: 'POST',
    path: '/api/v1/me/sign-out-everywhere',
    tag,
    summary: 'End every sign-in of yours',
    description: 'Tokens issued before now are refused from the next request on. API keys are not touched.',
    permission: 'self',
    check: 'workspace',
    answers: { 204: null },
    reasons: ['person_required'],
    idempotency: 'key',
    verb: signOutMe,
    input: () => ({}),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    id: 'listPermissions',
    method: 'GET',
    path: '/api/v1/permissions',
    tag,
    summary: 'List every permission there is',
    permission: 'self',
    check: 'workspace',
    answers: { 200: pageOf(CatalogPermission) },
    idempotency: 'natural',
    verb: listPermissions,
    input: () => ({}),
    answer: (body) => ({ status: 200, body }),
  }),
];
