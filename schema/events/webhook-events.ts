import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { DELIVERY_OUTCOMES, MESSAGE_AUDIENCES } from '../values.ts';
import { defineEvent } from './definition.ts';

const about = {
  entity: 'webhook',
  viewKey: 'webhook.view',
  audiences: ['internal'],
  dimensions: [],
  version: '2026-11-01',
} as const;

/** An endpoint as events show it: the host, never path or query, which may hold a secret. */
const endpoint = {
  webhookId: idSchema('whk'),
  name: z.string(),
  host: z.string(),
  types: z.array(z.string()),
  audience: z.enum(MESSAGE_AUDIENCES),
  state: z.enum(['active', 'disabled']),
  ownerId: idSchema('prin'),
};

/** Of the newest attempt; null where there was no answer. */
const lastStatus = z.int().nullable();

const sample = {
  webhookId: 'whk_01kaz2m4f8e5rtt0m0v2g6yh3q',
  name: 'Warehouse',
  host: 'hooks.example.net',
  types: ['ticket.*'],
  audience: 'internal' as const,
  state: 'active' as const,
  ownerId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k',
};

export const webhookEvents = {
  'webhook.created': defineEvent({ ...about, label: 'Webhook created', payload: z.strictObject(endpoint), sample }),
  'webhook.deleted': defineEvent({ ...about, label: 'Webhook deleted', payload: z.strictObject(endpoint), sample }),
  'webhook.failing': defineEvent({
    ...about,
    label: 'Webhook failing',
    payload: z.strictObject({
      webhookId: endpoint.webhookId,
      name: endpoint.name,
      host: endpoint.host,
      failingSince: z.iso.datetime(),
      lastOutcome: z.enum(DELIVERY_OUTCOMES),
      lastStatus,
      hours: z.int().positive(),
    }),
    sample: {
      webhookId: sample.webhookId,
      name: sample.name,
      host: sample.host,
      failingSince: '2026-11-02T09:00:00.000Z',
      lastOutcome: 'timeout',
      lastStatus: null,
      hours: 24,
    },
  }),
  'webhook.disabled': defineEvent({
    ...about,
    label: 'Webhook disabled',
    payload: z.strictObject({
      webhookId: endpoint.webhookId,
      name: endpoint.name,
      host: endpoint.host,
      failingSince: z.iso.datetime().nullable(),
      lastOutcome: z.enum(DELIVERY_OUTCOMES).nullable(),
      lastStatus,
      reason: z.enum(['manual', 'failing', 'gone']),
      cancelled: z.int().nonnegative(),
    }),
    sample: {
      webhookId: sample.webhookId,
      name: sample.name,
      host: sample.host,
      failingSince: '2026-11-02T09:00:00.000Z',
      lastOutcome: 'gone',
      lastStatus: 410,
      reason: 'gone',
      cancelled: 3,
    },
  }),
};
