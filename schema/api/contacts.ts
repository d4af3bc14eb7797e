import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { CONTACT_LINK_SOURCES, ORGANIZATION_SOURCES } from '../tables/contacts.ts';
import { Instant, oneLine } from './shared.ts';

export const MAX_EMAILS = 20;

/** Values of custom fields by key; in a change, absent keeps and null clears. */
export const Attributes = z.record(z.string().max(40), z.unknown()).meta({ examples: [{}] });
export const ExternalId = oneLine(1, 255).meta({ description: 'What another system calls it. Unique among the live.' });
const Email = z
  .string()
  .trim()
  .min(3)
  .max(320)
  .meta({ examples: ['ada@customer.example'] });

export const ContactEmail = z
  .strictObject({
    id: idSchema('cmail'),
    email: z.string(),
    isPrimary: z.boolean(),
    active: z.boolean().meta({ description: 'Those of an archived contact are not, and free for others.' }),
    verifiedAt: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'ContactEmail' });
export type ContactEmail = z.input<typeof ContactEmail>;

export const Contact = z
  .strictObject({
    id: idSchema('contact'),
    name: z.string().nullable(),
    title: z.string().nullable(),
    phone: z.string().nullable(),
    externalId: z.string().nullable(),
    organizationId: idSchema('org').nullable(),
    organizationSource: z
      .enum(ORGANIZATION_SOURCES)
      .nullable()
      .meta({ description: 'How it came there; what a person chose (`manual`), a domain never overrules.' }),
    avatarUrl: z.string().nullable(),
    locale: z.string().nullable(),
    timeZone: z.string().nullable(),
    attributes: Attributes,
    emails: z.array(ContactEmail),
    archivedAt: Instant.nullable(),
    erasedAt: Instant.nullable(),
    mergedIntoId: idSchema('contact').nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'Contact' });
export type Contact = z.input<typeof Contact>;

const name = oneLine(1, 200);
const fields = {
  name: name.optional(),
  title: oneLine(1, 200).optional(),
  phone: oneLine(1, 40).optional(),
  externalId: ExternalId.optional(),
  organizationId: idSchema('org').optional(),
  avatarUrl: z
    .url({ protocol: /^https$/ })
    .max(2048)
    .optional(),
  locale: oneLine(1, 35).optional(),
  timeZone: oneLine(1, 64).optional(),
  attributes: Attributes.optional(),
};

export const AddContactEmailBody = z
  .strictObject({
    email: Email,
    isPrimary: z.boolean().default(false),
    verified: z.boolean().default(false).meta({ description: 'You vouch that the address is this person’s.' }),
  })
  .meta({ id: 'AddContactEmailBody' });

export const CreateContactBody = z
  .strictObject({
    ...fields,
    emails: z
      .array(AddContactEmailBody.omit({ isPrimary: true }))
      .max(MAX_EMAILS)
      .default([])
      .meta({ description: 'The first is the primary one.' }),
  })
  .refine(({ name: called, emails }) => called !== undefined || emails.length > 0, {
    error: 'A contact has a name or an address.',
    path: ['name'],
    params: { code: 'required' },
  })
  .meta({ id: 'CreateContactBody' });

export const MOVE_TICKETS = ['none', 'active', 'all'] as const;

const changes = {
  ...Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.unwrap().nullable().optional()])),
} as { [K in keyof typeof fields]: z.ZodOptional<z.ZodNullable<ReturnType<(typeof fields)[K]['unwrap']>>> };

export const UpdateContactBody = z
  .strictObject({
    ...changes,
    attributes: Attributes.optional(),
    moveTickets: z
      .enum(MOVE_TICKETS)
      .default('active')
      .meta({ description: 'Which tickets of the contact with the old organisation go along to the new one.' }),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateContactBody' });

export const UpsertContactBody = z
  .strictObject({
    identifier: z.union([z.strictObject({ email: Email }), z.strictObject({ externalId: ExternalId })]),
    onCreate: z.strictObject(fields).default({}),
    onUpdate: z.strictObject({ ...changes, attributes: Attributes.optional() }).default({}),
  })
  .meta({ id: 'UpsertContactBody' });

export const UpdateContactEmailBody = z
  .strictObject({
    isPrimary: z.literal(true).optional(),
    verified: z.boolean().optional(),
  })
  .meta({ id: 'UpdateContactEmailBody' });

export const UnarchiveBody = z
  .strictObject({
    dropTaken: z
      .boolean()
      .default(false)
      .meta({ description: 'Comes back without the addresses or domains that others have by now.' }),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UnarchiveBody' });

export const ContactLink = z
  .strictObject({
    id: idSchema('culink'),
    contactId: idSchema('contact'),
    userId: idSchema('user'),
    email: z.string().nullable(),
    source: z.enum(CONTACT_LINK_SOURCES),
    linkedAt: Instant,
  })
  .meta({ id: 'ContactLink' });
export type ContactLink = z.input<typeof ContactLink>;

export const MergeContactBody = z
  .strictObject({ loserId: idSchema('contact'), version: z.int().positive().optional() })
  .meta({ id: 'MergeContactBody' });

export const DUPLICATE_REASONS = ['name_and_organization', 'plus_tag', 'phone'] as const;
export const DuplicateContact = z
  .strictObject({ contact: Contact, reasons: z.array(z.enum(DUPLICATE_REASONS)).min(1) })
  .meta({ id: 'DuplicateContact' });
