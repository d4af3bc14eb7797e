import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { CONTACT_LINK_SOURCES } from '../tables/contacts.ts';
import { FieldChanges } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = {
  entity: 'contact',
  viewKey: 'org.view',
  audiences: ['internal'],
  dimensions: [],
  version: '2026-11-01',
} as const;

const contact = {
  contactId: idSchema('contact'),
  name: z.string().nullable(),
  emails: z.array(z.string()),
  externalId: z.string().nullable(),
  organizationId: idSchema('org').nullable(),
};
const sample = {
  contactId: 'contact_01kaz2m4f8e5rtt0m0v2g6yh3f',
  name: 'Ada Okafor',
  emails: ['ada@customer.example'],
  externalId: null,
  organizationId: null,
};
const SAMPLE_LOSER = 'contact_01kaz2m4f8e5rtt0m0v2g6yh3g';

const link = {
  contactId: idSchema('contact'),
  userId: idSchema('user'),
  source: z.enum(CONTACT_LINK_SOURCES),
};
const sampleLink = {
  contactId: sample.contactId,
  userId: 'user_01kaz2m4f8e5rtt0m0v2g6yh3h',
  source: 'verified_email' as const,
};

export const contactEvents = {
  'contact.created': defineEvent({ ...about, label: 'Contact created', payload: z.strictObject(contact), sample }),
  'contact.updated': defineEvent({
    ...about,
    label: 'Contact changed',
    payload: z.strictObject({ ...contact, changes: FieldChanges }),
    sample: { ...sample, changes: [{ field: 'name', from: 'Ada', to: 'Ada Okafor' }] },
  }),
  'contact.archived': defineEvent({ ...about, label: 'Contact archived', payload: z.strictObject(contact), sample }),
  'contact.unarchived': defineEvent({
    ...about,
    label: 'Contact unarchived',
    payload: z.strictObject(contact),
    sample,
  }),
  'contact.linked': defineEvent({
    ...about,
    label: 'Login tied to a contact',
    payload: z.strictObject(link),
    sample: sampleLink,
  }),
  'contact.unlinked': defineEvent({
    ...about,
    label: 'Login no longer tied to a contact',
    payload: z.strictObject(link),
    sample: sampleLink,
  }),
  'contact.merged': defineEvent({
    ...about,
    label: 'Contacts merged',
    payload: z.strictObject({ winnerId: idSchema('contact'), loserId: idSchema('contact') }),
    sample: { winnerId: sample.contactId, loserId: SAMPLE_LOSER },
  }),
  'contact.erased': defineEvent({
    ...about,
    label: 'Contact erased',
    payload: z.strictObject({ contactId: idSchema('contact') }),
    sample: { contactId: sample.contactId },
  }),
};
