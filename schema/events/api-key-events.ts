import * as z from 'zod';
import { Instant } from '../api/shared.ts';
import { idSchema } from '../id-schema.ts';
import { KEY_REVOKE_REASONS } from '../values.ts';
import { FieldChanges } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = {
  entity: 'api_key',
  viewKey: 'admin.manage_api_keys',
  audiences: ['internal'],
  dimensions: [],
  version: '2026-11-01',
} as const;

/** A key as events show it: never a secret or a digest of one. `prefix` is how its token begins. */
const key = {
  keyId: idSchema('key'),
  prefix: z.string(),
  name: z.string(),
  principalId: idSchema('prin'),
  creatorId: idSchema('prin'),
  scopes: z.array(z.string()),
  limits: z.strictObject({
    teamIds: z.array(idSchema('team')).nullable(),
    inboxIds: z.array(idSchema('inbox')).nullable(),
    allowedIps: z.array(z.string()),
  }),
  expiresAt: Instant.nullable(),
};

const sample = {
  keyId: 'key_01kaz2m4f8e5rtt0m0v2g6yh3r',
  prefix: 'mk_01kaz2m4f',
  name: 'Warehouse import',
  principalId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3s',
  creatorId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k',
  scopes: ['ticket.create', 'ticket.view_team'],
  limits: { teamIds: ['team_01kaz2m4f8e5rtt0m0v2g6yh3d'], inboxIds: null, allowedIps: ['192.0.2.0/24'] },
  expiresAt: '2027-02-01T09:12:00.000Z',
};

export const apiKeyEvents = {
  'api_key.created': defineEvent({ ...about, label: 'API key made', payload: z.strictObject(key), sample }),
  'api_key.updated': defineEvent({
    ...about,
    label: 'API key changed',
    payload: z.strictObject({
      ...key,
      changes: FieldChanges,
      added: z.array(z.string()),
      removed: z.array(z.string()),
    }),
    sample: { ...sample, changes: [], added: [], removed: ['ticket.edit_fields'] },
  }),
  'api_key.rotated': defineEvent({
    ...about,
    label: 'API key rotated',
    payload: z.strictObject({ ...key, overlapUntil: Instant.nullable() }),
    sample: { ...sample, overlapUntil: '2026-11-03T09:12:00.000Z' },
  }),
  'api_key.revoked': defineEvent({
    ...about,
    label: 'API key revoked',
    payload: z.strictObject({ ...key, reason: z.enum(KEY_REVOKE_REASONS) }),
    sample: { ...sample, reason: 'manual' },
  }),
  'api_key.expiring': defineEvent({
    ...about,
    label: 'API key ends soon',
    payload: z.strictObject({ ...key, noticeDays: z.int().positive() }),
    sample: { ...sample, noticeDays: 14 },
  }),
  'api_key.expired': defineEvent({ ...about, label: 'API key has ended', payload: z.strictObject(key), sample }),
};
