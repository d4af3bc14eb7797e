import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { ISSUER_KINDS, PROVISIONS } from '../values.ts';
import { accessEvent, FieldChanges } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = { ...accessEvent, entity: 'auth_issuer', viewKey: 'admin.manage_settings' } as const;

const issuer = {
  issuerId: idSchema('iss'),
  issuer: z.string(),
  kind: z.enum(ISSUER_KINDS),
  provision: z.enum(PROVISIONS),
};

const sample = {
  issuerId: 'iss_01kaz2m4f8e5rtt0m0v2g6yh3v',
  issuer: 'https://login.desk.example',
  kind: 'oidc',
  provision: 'link',
} as const;

export const authIssuerEvents = {
  'auth_issuer.created': defineEvent({
    ...about,
    label: 'Token issuer trusted',
    payload: z.strictObject(issuer),
    sample,
  }),
  'auth_issuer.updated': defineEvent({
    ...about,
    label: 'Token issuer or its rules changed',
    payload: z.strictObject({ ...issuer, changes: FieldChanges }),
    sample: { ...sample, changes: [{ field: 'provision', from: 'off', to: 'link' }] },
  }),
  'auth_issuer.disabled': defineEvent({
    ...about,
    label: 'Token issuer no longer trusted',
    payload: z.strictObject(issuer),
    sample,
  }),
};
