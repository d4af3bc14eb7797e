import * as z from 'zod';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { CreatedWebhook, CreateWebhookBody, Delivery, Webhook } from '#schema/api/webhooks.ts';
import { idSchema } from '#schema/id-schema.ts';
import { ENDPOINT_STATES } from '#schema/tables/webhooks.ts';
import { DELIVERY_STATES } from '#schema/values.ts';
import { createWebhook } from '#services/webhooks/create-webhook.ts';
import { deleteWebhook } from '#services/webhooks/delete-webhook.ts';
import { getWebhook } from '#services/webhooks/get-webhook.ts';
import { listDeliveries } from '#services/webhooks/list-deliveries.ts';
import { listWebhooks } from '#services/webhooks/list-webhooks.ts';
import { staffRoute } from './route.ts';

const tag = 'webhooks';
const webhookPath = z.strictObject({ webhookId: idSchema('whk') });
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });

export const webhookRoutes = [
  staffRoute({
    id: 'createWebhook',
    method: 'POST',
    path: '/api/v1/webhooks',
    tag,
    summary: 'Create a webhook endpoint',
    description:
      'Deliveries are signed as Standard Webhooks. The secret is answered this once. Nothing is sent that its owner, the person behind your key, may not see at that moment.',
    permission: 'webhook.manage',
    check: 'workspace',
    body: CreateWebhookBody,
    example: {
      body: {
        name: 'Chat alerts',
        url: 'https://hooks.example.com/mallard',
        types: ['ticket.created', 'ticket.message_added'],
      },
    },
    answers: { 201: CreatedWebhook },
    reasons: [
      'exceeds_ceiling',
      'url_refused',
      'header_refused',
      'unknown_type',
      'unknown_version',
      'audience_excludes_type',
      'wildcard_by_key',
      'unknown_reference',
      'limit_reached',
      'out_of_range',
    ],
    idempotency: 'key',
    secretFields: ['secret'],
    verb: createWebhook,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/webhooks/${body.id}` },
    }),
  }),
  staffRoute({
    id: 'listWebhooks',
    method: 'GET',
    path: '/api/v1/webhooks',
    tag,
    summary: 'List webhook endpoints, the newest first',
    permission: 'webhook.view',
    check: 'workspace',
    query: z.strictObject({
      state: z.enum(ENDPOINT_STATES).optional(),
      q: z.string().min(2).max(200).optional().meta({ description: 'Part of the name.' }),
      ...pageQuery(),
    }),
    answers: { 200: pageOf(Webhook) },
    idempotency: 'natural',
    verb: listWebhooks,
    input: ({ query }) => ({ state: query.state, q: query.q, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'getWebhook',
    method: 'GET',
    path: '/api/v1/webhooks/{webhookId}',
    tag,
    summary: 'Read a webhook endpoint and its health',
    permission: 'webhook.view',
    check: 'workspace',
    params: webhookPath,
    answers: { 200: Webhook },
    idempotency: 'natural',
    verb: getWebhook,
    input: ({ params }) => ({ webhookId: params.webhookId }),
    answer: (body) => ({ status: 200, body, headers: etag(body.version) }),
  }),
  staffRoute({
    id: 'deleteWebhook',
    method: 'DELETE',
    path: '/api/v1/webhooks/{webhookId}',
    tag,
    summary: 'Delete a webhook endpoint',
    description: 'Open deliveries are cancelled and the secrets are wiped. The delivery log stays for its retention.',
    permission: 'webhook.manage',
    check: 'workspace',
    params: webhookPath,
    answers: { 204: null },
    idempotency: 'natural',
    version: 'optional',
    verb: deleteWebhook,
    input: ({ params, ifMatch }) => ({ webhookId: params.webhookId, ifMatch }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    id: 'listDeliveries',
    method: 'GET',
    path: '/api/v1/webhooks/{webhookId}/deliveries',
    tag,
    summary: 'List deliveries of an endpoint with their attempts',
    permission: 'webhook.view',
    check: 'workspace',
    params: webhookPath,
    query: z.strictObject({ state: z.enum(DELIVERY_STATES).optional(), ...pageQuery(100) }),
    answers: { 200: pageOf(Delivery) },
    idempotency: 'natural',
    verb: listDeliveries,
    input: ({ params, query }) => ({
      webhookId: params.webhookId,
      state: query.state,
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
];
