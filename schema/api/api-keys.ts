import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { KEY_REVOKE_REASONS } from '../values.ts';
import { GrantScope } from './roles.ts';
import { Instant, oneLine } from './shared.ts';

/** What a key is at this moment: `asleep` with a creator who is not an active member, and awake again with them. */
export const API_KEY_STATES = ['active', 'asleep', 'expired', 'revoked'] as const;

const MOST_RANGES = 50;

const Name = oneLine(1, 120);
const Purpose = z.string().trim().min(1).max(500);
const Scopes = z.array(z.string().max(64)).max(500).meta({ description: 'Permission keys, at least one.' });
const TeamLimit = z.array(idSchema('team')).meta({ maxItems: 50 });
const InboxLimit = z.array(idSchema('inbox')).meta({ maxItems: 50 });
const Ranges = z
  .array(z.string().max(64))
  .max(MOST_RANGES)
  .meta({ description: 'Addresses and CIDR ranges the key works from; empty is anywhere.' });
const EndsAt = z.iso.datetime({ offset: true });

/** A permission at one place, until a moment; null is for ever. */
export const HeldPermission = z
  .strictObject({
    permission: z.string(),
    scope: GrantScope,
    until: Instant.nullable(),
  })
  .meta({ id: 'HeldPermission' });

export type HeldPermission = z.input<typeof HeldPermission>;

/** A key; its secret is never in it. */
export const ApiKey = z
  .strictObject({
    id: idSchema('key'),
    prefix: z.string().meta({ description: 'How its token begins.' }),
    name: z.string(),
    purpose: z.string().nullable(),
    state: z.enum(API_KEY_STATES),
    principalId: idSchema('prin').meta({ description: 'As whom it acts.' }),
    creatorId: idSchema('prin').meta({ description: 'The person whose present authority bounds it.' }),
    scopes: z.array(z.string()),
    teamIds: z.array(idSchema('team')).nullable(),
    inboxIds: z.array(idSchema('inbox')).nullable(),
    allowedIps: z.array(z.string()),
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
    revokeReason: z.enum(KEY_REVOKE_REASONS).nullable(),
    rotatedAt: Instant.nullable(),
    previousValidUntil: Instant.nullable().meta({ description: 'Until when the secret before the last one works.' }),
    lastUsedAt: Instant.nullable().meta({ description: 'To about ten minutes.' }),
    lastIp: z.string().nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'ApiKey' });

export type ApiKey = z.input<typeof ApiKey>;

export const ApiKeyDetails = ApiKey.extend({
  permissions: z
    .array(HeldPermission)
    .meta({ description: 'What it may do now: its scopes, as far as its creator holds them.' }),
}).meta({ id: 'ApiKeyDetails' });

export type ApiKeyDetails = z.input<typeof ApiKeyDetails>;

export const ApiKeyWithToken = ApiKey.extend({
  token: z.string().nullable().meta({ description: 'Shown this once; null when the request is replayed.' }),
}).meta({ id: 'ApiKeyWithToken' });

export type ApiKeyWithToken = z.input<typeof ApiKeyWithToken>;

export const CreateApiKeyBody = z
  .strictObject({
    name: Name,
    purpose: Purpose.nullable().optional(),
    scopes: Scopes,
    teamIds: TeamLimit.nullable().default(null),
    inboxIds: InboxLimit.nullable().default(null),
    allowedIps: Ranges.default([]),
    expiresAt: EndsAt.nullable()
      .optional()
      .meta({ description: '90 days from now unless said; null, for ever, is for owners in person.' }),
  })
  .meta({ id: 'CreateApiKeyBody' });

export const UpdateApiKeyBody = z
  .strictObject({
    name: Name.optional(),
    purpose: Purpose.nullable().optional(),
    scopes: Scopes.optional(),
    teamIds: TeamLimit.nullable().optional(),
    inboxIds: InboxLimit.nullable().optional(),
    allowedIps: Ranges.optional(),
    expiresAt: EndsAt.nullable().optional(),
    version: z.int().positive().optional().meta({ description: 'As If-Match.' }),
  })
  .meta({ id: 'UpdateApiKeyBody' });

export const RotateApiKeyBody = z
  .strictObject({
    overlapSeconds: z
      .int()
      .default(86_400)
      .meta({ description: 'How long the present secret goes on working.', minimum: 0, maximum: 604_800 }),
  })
  .meta({ id: 'RotateApiKeyBody' });
