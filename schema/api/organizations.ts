import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { COLLEAGUE_ACCESS } from '../tables/organizations.ts';
import { Attributes, ExternalId } from './contacts.ts';
import { Instant, oneLine } from './shared.ts';

export const MAX_DOMAINS = 100;

export const OrganizationDomain = z
  .strictObject({
    id: idSchema('odom'),
    domain: z.string(),
    isPrimary: z.boolean(),
    active: z.boolean().meta({ description: 'Those of an archived organisation are not, and free for others.' }),
    createdAt: Instant,
  })
  .meta({ id: 'OrganizationDomain' });
export type OrganizationDomain = z.input<typeof OrganizationDomain>;

export const Organization = z
  .strictObject({
    id: idSchema('org'),
    name: z.string(),
    externalId: z.string().nullable(),
    website: z.string().nullable(),
    notes: z.string().nullable(),
    attributes: Attributes,
    shareNewTickets: z.boolean().meta({ description: 'New tickets are seen by all of its people.' }),
    colleagueAccess: z.enum(COLLEAGUE_ACCESS),
    domains: z.array(OrganizationDomain),
    archivedAt: Instant.nullable(),
    mergedIntoId: idSchema('org').nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'Organization' });
export type Organization = z.input<typeof Organization>;

const Name = oneLine(1, 200);
const Website = z.url({ protocol: /^https?$/ }).max(2048);
const Notes = z.string().trim().max(5000);
const Domain = z
  .string()
  .trim()
  .min(1)
  .max(2048)
  .meta({ description: 'A domain, or a URL or address of it.', examples: ['customer.example'] });
const fields = {
  externalId: ExternalId.optional(),
  website: Website.optional(),
  notes: Notes.optional(),
  attributes: Attributes.optional(),
  shareNewTickets: z.boolean().optional(),
  colleagueAccess: z.enum(COLLEAGUE_ACCESS).optional(),
};

export const CreateOrganizationBody = z
  .strictObject({
    name: Name,
    ...fields,
    domains: z.array(Domain).max(MAX_DOMAINS).default([]).meta({ description: 'The first is the primary one.' }),
  })
  .meta({ id: 'CreateOrganizationBody' });

const changes = {
  ...fields,
  name: Name.optional(),
  externalId: ExternalId.nullable().optional(),
  website: Website.nullable().optional(),
  notes: Notes.nullable().optional(),
};

export const UpdateOrganizationBody = z
  .strictObject({ ...changes, version: z.int().positive().optional() })
  .meta({ id: 'UpdateOrganizationBody' });

export const UpsertOrganizationBody = z
  .strictObject({
    identifier: z.union([z.strictObject({ domain: Domain }), z.strictObject({ externalId: ExternalId })]),
    onCreate: z.strictObject({ name: Name, ...fields }),
    onUpdate: z.strictObject(changes).default({}),
  })
  .meta({ id: 'UpsertOrganizationBody' });

export const AddOrganizationDomainBody = z
  .strictObject({
    domain: Domain,
    isPrimary: z.boolean().default(false),
    attachContacts: z
      .boolean()
      .default(false)
      .meta({ description: 'Takes in people with a proved address there who belong nowhere yet.' }),
  })
  .meta({ id: 'AddOrganizationDomainBody' });

export const UpdateOrganizationDomainBody = z
  .strictObject({ isPrimary: z.literal(true) })
  .meta({ id: 'UpdateOrganizationDomainBody' });

export const MergeOrganizationBody = z
  .strictObject({ loserId: idSchema('org'), version: z.int().positive().optional() })
  .meta({ id: 'MergeOrganizationBody' });
