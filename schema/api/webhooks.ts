import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { DISABLED_REASONS, ENDPOINT_STATES, PAYLOAD_STYLES, SIGNINGS } from '../tables/webhooks.ts';
import { DELIVERY_OUTCOMES, DELIVERY_STATES, MESSAGE_AUDIENCES } from '../values.ts';
import { Instant, oneLine } from './shared.ts';

const Name = oneLine(1, 120);
const Url = z.string().min(1).max(2048);
const TypeNames = z.array(z.string().min(1).max(100)).min(1).max(200);
const PlaceIds = <P extends 'inbox' | 'team'>(prefix: P) => z.array(idSchema(prefix)).min(1).max(100);

const EndpointHealth = z
  .strictObject({
    consecutiveFailures: z.int().nonnegative(),
    failingSince: Instant.nullable(),
    pausedUntil: Instant.nullable().meta({ description: 'Failing endpoints rest; nothing is sent before.' }),
    slow: z.boolean().meta({ description: 'Delivered in the slow lane.' }),
    lastSuccessAt: Instant.nullable(),
    lastFailureAt: Instant.nullable(),
    lastOutcome: z.enum(DELIVERY_OUTCOMES).nullable(),
    heldFrom: z
      .int()
      .nonnegative()
      .nullable()
      .meta({ description: 'Disabled or held: nothing after this position was sent.' }),
  })
  .meta({ id: 'EndpointHealth' });

/** An endpoint; its secrets are never in it. */
export const Webhook = z
  .strictObject({
    id: idSchema('whk'),
    name: z.string(),
    url: z
      .string()
      .meta({ description: 'Query and long path segments are masked for readers without webhook.manage.' }),
    state: z.enum(ENDPOINT_STATES),
    disabledReason: z.enum(DISABLED_REASONS).nullable(),
    disabledAt: Instant.nullable(),
    ownerId: idSchema('prin').meta({ description: 'The person whose present authority bounds what is sent.' }),
    types: z.array(z.string()),
    audience: z.enum(MESSAGE_AUDIENCES),
    inboxIds: z.array(idSchema('inbox')).nullable(),
    teamIds: z.array(idSchema('team')).nullable(),
    includeSilent: z.boolean(),
    excludeActorIds: z.array(idSchema('prin')),
    payloadVersion: z.string(),
    payloadStyle: z.enum(PAYLOAD_STYLES),
    signing: z.enum(SIGNINGS),
    maxInFlight: z.int(),
    timeoutSeconds: z.int(),
    publicKeys: z.array(z.string()),
    headerNames: z.array(z.string()),
    health: EndpointHealth,
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'Webhook' });

export type Webhook = z.input<typeof Webhook>;

export const CreatedWebhook = Webhook.extend({
  secret: z
    .string()
    .nullable()
    .meta({ description: '`whsec_…`, shown this once; null where signing is ed25519 alone.' }),
}).meta({ id: 'CreatedWebhook' });

export type CreatedWebhook = z.input<typeof CreatedWebhook>;

export const CreateWebhookBody = z
  .strictObject({
    name: Name,
    url: Url,
    types: TypeNames.meta({
      description: 'Event types, groups such as `ticket.*`, or `*`. An API key names types one by one.',
    }),
    audience: z.enum(MESSAGE_AUDIENCES).default('public'),
    inboxIds: PlaceIds('inbox').optional(),
    teamIds: PlaceIds('team').optional(),
    includeSilent: z.boolean().default(false),
    excludeActorIds: z.array(idSchema('prin')).max(20).default([]),
    payloadVersion: z.iso.date().optional().meta({ description: 'The newest, unless said.' }),
    payloadStyle: z.enum(PAYLOAD_STYLES).default('full'),
    signing: z.enum(SIGNINGS).default('hmac'),
    maxInFlight: z.int().default(4).meta({ minimum: 1, maximum: 20 }),
    timeoutSeconds: z.int().default(15).meta({ minimum: 5, maximum: 30 }),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: 'Extra request headers, at most 10. Their values are sealed and never shown.' }),
  })
  .meta({ id: 'CreateWebhookBody' });

export type CreateWebhookInput = z.output<typeof CreateWebhookBody>;

const Attempt = z
  .strictObject({
    round: z.int().positive(),
    attempt: z.int().positive(),
    outcome: z.enum(DELIVERY_OUTCOMES),
    httpStatus: z.int().nullable(),
    latencyMs: z.int().nonnegative().nullable(),
    requestBytes: z.int().nonnegative().nullable(),
    responseBody: z.string().nullable(),
    retryAfterSeconds: z.int().nonnegative().nullable(),
    startedAt: Instant,
    nextAttemptAt: Instant.nullable(),
  })
  .meta({ id: 'DeliveryAttempt' });

export const Delivery = z
  .strictObject({
    id: idSchema('dlv'),
    eventId: idSchema('evt'),
    type: z.string(),
    position: z.int().positive().nullable(),
    state: z.enum(DELIVERY_STATES),
    reason: z.string().nullable(),
    round: z.int().positive(),
    attempts: z.array(Attempt).meta({ description: 'The newest first, at most 30.' }),
    nextAttemptAt: Instant.nullable(),
    createdAt: Instant,
    endedAt: Instant.nullable(),
  })
  .meta({ id: 'Delivery' });

export type Delivery = z.input<typeof Delivery>;
