import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { SLA_TRACKS } from '../values.ts';
import { defineEvent } from './definition.ts';

const about = { viewKey: 'sla.view', audiences: ['internal'], dimensions: [], version: '2026-11-01' } as const;

export const slaSetupEvents = {
  'sla_policy.created': defineEvent({
    ...about,
    entity: 'sla_policy',
    label: 'SLA policy created',
    payload: z.strictObject({
      id: idSchema('sla'),
      name: z.string(),
      track: z.enum(SLA_TRACKS),
      enabled: z.boolean(),
      version: z.int().positive(),
    }),
    sample: { id: 'sla_01kaz2m4f8e5rtt0m0v2g6yh3p', name: 'Standard', track: 'customer', enabled: true, version: 1 },
  }),
  'business_hours.created': defineEvent({
    ...about,
    entity: 'business_hours',
    label: 'Business hours created',
    payload: z.strictObject({
      id: idSchema('bh'),
      name: z.string(),
      timeZone: z.string(),
      version: z.int().positive(),
    }),
    sample: { id: 'bh_01kaz2m4f8e5rtt0m0v2g6yh3s', name: 'Office', timeZone: 'Europe/Berlin', version: 1 },
  }),
};
