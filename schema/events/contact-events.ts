import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { defineEvent } from './definition.ts';

export const contactEvents = {
  'contact.created': defineEvent({
    entity: 'contact',
    viewKey: 'org.view',
    audiences: ['internal'],
    dimensions: [],
    version: '2026-11-01',
    label: 'Contact created',
    payload: z.strictObject({
      contactId: idSchema('contact'),
      name: z.string().nullable(),
      emails: z.array(z.string()),
      externalId: z.string().nullable(),
      organizationId: idSchema('org').nullable(),
    }),
    sample: {
      contactId: 'contact_01kaz2m4f8e5rtt0m0v2g6yh3f',
      name: 'Ada Okafor',
      emails: ['ada@customer.example'],
      externalId: null,
      organizationId: null,
    },
  }),
};
