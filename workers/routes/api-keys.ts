import * as z from 'zod';
import {
  API_KEY_STATES,
  ApiKey,
  ApiKeyDetails,
  ApiKeyWithToken,
  CreateApiKeyBody,
  RotateApiKeyBody,
  UpdateApiKeyBody,
} from '#schema/api/api-keys.ts';
import { anyOfQuery, pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { adoptApiKey } from '#services/access/api-keys/adopt-api-key.ts';
import { createApiKey } from '#services/access/api-keys/create-api-key.ts';
import { endPreviousSecret } from '#services/access/api-keys/end-previous-secret.ts';
import { getApiKey } from '#services/access/api-keys/get-api-key.ts';
import { listApiKeys } from '#services/access/api-keys/list-api-keys.ts';
import { revokeApiKey } from '#services/access/api-keys/revoke-api-key.ts';
import { rotateApiKey } from '#services/access/api-keys/rotate-api-key.ts';
import { updateApiKey } from '#services/access/api-keys/update-api-key.ts';
import { staffRoute } from './route.ts';

const tag = 'api-keys';
const permission = 'admin.manage_api_keys';
const keyPath = z.strictObject({ keyId: idSchema('key') });
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const keyAnswer = (body: z.input<typeof ApiKey>) => ({ status: 200 as const, body, headers: etag(body.version) });
const instant = (text: string | null | undefined): Date | null | undefined => (text ? new Date(text) : (text as null));

const REACH_REASONS = [
  'scopes_required',
  'unknown_permission',
  'limit_empty',
  'limit_reached',
  'scope_not_allowed',
  'unknown_reference',
  'scope_archived',
  'exceeds_ceiling',
  'owner_required',
  'person_required',
  'out_of_range',
] as const;
const DEAD_REASONS = ['key_revoked', 'key_expired'] as const;

export const apiKeyRoutes = [
  staffRoute({
    id: 'listApiKeys',
    method: 'GET',
    path: '/api/v1/api-keys',
    tag,
    summary: 'List API keys, the newest first',
    permission,
    check: 'workspace',
    query: z.strictObject({
      state: anyOfQuery(API_KEY_STATES).optional(),
      creatorId: idSchema('prin').optional(),
      ...pageQuery(),
    }),
    answers: { 200: pageOf(ApiKey) },
    idempotency: 'natural',
    verb: listApiKeys,
    input: ({ query }) => ({
      state: query.state,
      creatorId: query.creatorId,
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'createApiKey',
    method: 'POST',
    path: '/api/v1/api-keys',
    tag,
    summary: 'Make an API key',
    description:
      'It can do no more than you can, now and later; made by a key, no more than that key. The token is shown this once.',
    permission,
    check: 'workspace',
    body: CreateApiKeyBody,
    answers: { 201: ApiKeyWithToken },
    reasons: REACH_REASONS,
    idempotency: 'key',
    secretFields: ['token'],
    example: { body: { name: 'Wall display', scopes: ['ticket.view_all'] } },
    verb: createApiKey,
    input: ({ body }) => ({ ...body, purpose: body.purpose ?? null, expiresAt: instant(body.expiresAt) }),
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/api-keys/${body.id}` },
    }),
  }),
  staffRoute({
    id: 'getApiKey',
    method: 'GET',
    path: '/api/v1/api-keys/{keyId}',
    tag,
    summary: 'Read an API key and what it may do now',
    permission,
    check: 'resource',
    params: keyPath,
    answers: { 200: ApiKeyDetails },
    idempotency: 'natural',
    verb: getApiKey,
    input: ({ params }) => params,
    answer: (body) => ({ status: 200, body, headers: etag(body.version) }),
  }),
  staffRoute({
    id: 'updateApiKey',
    method: 'PATCH',
    path: '/api/v1/api-keys/{keyId}',
    tag,
    summary: 'Change an API key',
    description:
      'Narrowing is free. Widening needs a person, and both that person and the creator to hold what the key becomes.',
    permission,
    check: 'resource',
    params: keyPath,
    body: UpdateApiKeyBody,
    answers: { 200: ApiKey },
    reasons: [...DEAD_REASONS, ...REACH_REASONS],
    example: { body: { purpose: 'The nightly import' } },
    idempotency: 'key',
    version: 'optional',
    verb: updateApiKey,
    input: ({ params, body: { version: _guard, expiresAt, ...changes }, ifMatch }) => ({
      keyId: params.keyId,
      changes: { ...changes, expiresAt: instant(expiresAt) },
      ifMatch,
    }),
    answer: keyAnswer,
  }),
  staffRoute({
    id: 'revokeApiKey',
    method: 'DELETE',
    path: '/api/v1/api-keys/{keyId}',
    tag,
    summary: 'Revoke an API key at once and for good',
    permission,
    check: 'resource',
    params: keyPath,
    query: z.strictObject({
      reason: z.enum(['manual', 'leaked']).default('manual').meta({ description: 'Kept with the key.' }),
    }),
    answers: { 204: null },
    idempotency: 'natural',
    verb: revokeApiKey,
    input: ({ params, query }) => ({ keyId: params.keyId, reason: query.reason }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    id: 'rotateApiKey',
    method: 'POST',
    path: '/api/v1/api-keys/{keyId}/rotate',
    tag,
    summary: 'Give an API key a new secret',
    description:
      'The present one goes on working for the overlap, the one before it ends. Expiry stays. The token is shown this once.',
    permission,
    check: 'resource',
    params: keyPath,
    body: RotateApiKeyBody,
    answers: { 200: ApiKeyWithToken },
    reasons: [...DEAD_REASONS, 'exceeds_ceiling', 'person_required', 'owner_required', 'out_of_range'],
    idempotency: 'key',
    secretFields: ['token'],
    verb: rotateApiKey,
    input: ({ params, body }) => ({ keyId: params.keyId, overlapSeconds: body.overlapSeconds }),
    answer: (body) => ({ status: 200, body, headers: etag(body.version) }),
  }),
  staffRoute({
    id: 'adoptApiKey',
    method: 'POST',
    path: '/api/v1/api-keys/{keyId}/adopt',
    tag,
    summary: 'Become the creator of an API key',
    description: 'From then on your authority bounds it. For keys of people who leave or are suspended.',
    permission,
    check: 'resource',
    params: keyPath,
    answers: { 200: ApiKey },
    reasons: [...DEAD_REASONS, 'person_required', 'owner_required', 'exceeds_ceiling', 'limit_reached'],
    idempotency: 'key',
    verb: adoptApiKey,
    input: ({ params }) => params,
    answer: keyAnswer,
  }),
  staffRoute({
    id: 'endPreviousSecret',
    method: 'DELETE',
    path: '/api/v1/api-keys/{keyId}/previous-secret',
    tag,
    summary: 'End the overlap of a rotation now',
    permission,
    check: 'resource',
    params: keyPath,
    answers: { 204: null },
    idempotency: 'natural',
    verb: endPreviousSecret,
    input: ({ params }) => params,
    answer: () => ({ status: 204 }),
  }),
];
