import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { FieldChanges } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = {
  entity: 'organization',
  viewKey: 'org.view',
  audiences: ['internal'],
  dimensions: [],
  version: '2026-11-01',
} as const;

/** Never the notes. */
const organization = z.strictObject({
  organizationId: idSchema('org'),
  name: z.string(),
  domains: z.array(z.string()),
  externalId: z.string().nullable(),
});
const sample = {
  organizationId: 'org_01kaz2m4f8e5rtt0m0v2g6yh3j',
  name: 'Customer Ltd',
  domains: ['customer.example'],
  externalId: null,
};

export const organizationEvents = {
  'organization.created': defineEvent({ ...about, label: 'Organisation created', payload: organization, sample }),
  'organization.updated': defineEvent({
    ...about,
    label: 'Organisation changed',
    payload: organization.extend({ changes: FieldChanges }),
    sample: { ...sample, changes: [{ field: 'name', from: 'Customer', to: 'Customer Ltd' }] },
  }),
  'organization.archived': defineEvent({ ...about, label: 'Organisation archived', payload: organization, sample }),
  'organization.unarchived': defineEvent({
    ...about,
    label: 'Organisation unarchived',
    payload: organization,
    sample,
  }),
  'organization.merged': defineEvent({
    ...about,
    label: 'Organisations merged',
    payload: z.strictObject({ winnerId: idSchema('org'), loserId: idSchema('org') }),
    sample: { winnerId: sample.organizationId, loserId: 'org_01kaz2m4f8e5rtt0m0v2g6yh3k' },
  }),
};
