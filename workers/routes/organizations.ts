import * as z from 'zod';
import { Contact } from '#schema/api/contacts.ts';
import {
  AddOrganizationDomainBody,
  CreateOrganizationBody,
  MergeOrganizationBody,
  Organization,
  OrganizationDomain,
  UpdateOrganizationBody,
  UpdateOrganizationDomainBody,
  UpsertOrganizationBody,
} from '#schema/api/organizations.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { normalizeDomain } from '#schema/domain-name.ts';
import { idSchema } from '#schema/id-schema.ts';
import { listOrganizationContacts } from '#services/contacts/list-organization-contacts.ts';
import { addOrganizationDomain } from '#services/organizations/add-organization-domain.ts';
import { archiveOrganization } from '#services/organizations/archive-organization.ts';
import { createOrganization } from '#services/organizations/create-organization.ts';
import { getOrganization } from '#services/organizations/get-organization.ts';
import { listOrganizationDomains } from '#services/organizations/list-organization-domains.ts';
import { listOrganizations } from '#services/organizations/list-organizations.ts';
import { mergeOrganization } from '#services/organizations/merge-organization.ts';
import { removeOrganizationDomain } from '#services/organizations/remove-organization-domain.ts';
import { unarchiveOrganization } from '#services/organizations/unarchive-organization.ts';
import { updateOrganization } from '#services/organizations/update-organization.ts';
import { updateOrganizationDomain } from '#services/organizations/update-organization-domain.ts';
import { upsertOrganization } from '#services/organizations/upsert-organization.ts';
import { directoryRoutes, etag, listInput, listing, managing, viewing } from './directory-routes.ts';
import { staffRoute } from './route.ts';

const tag = 'organizations';
const at = '/api/v1/organizations/{organizationId}' as const;
const params = z.strictObject({ organizationId: idSchema('org') });
const domainPath = params.extend({ domainId: idSchema('odom') });
const FIELD_REASONS = ['name_taken', 'unknown_field', 'invalid_field'] as const;
const DOMAIN_REASONS = ['domain_taken', 'public_suffix', 'free_mail_domain'] as const;
const answered = (body: z.input<typeof Organization>) => ({ headers: etag(body.version), body });
const made = (body: z.input<typeof Organization>) => ({
  status: 201 as const,
  body,
  headers: { ...etag(body.version), location: `/api/v1/organizations/${body.id}` },
});

export const organizationRoutes = [
  staffRoute({
    ...managing,
    check: 'workspace',
    tag,
    id: 'createOrganization',
    method: 'POST',
    path: '/api/v1/organizations',
    summary: 'Make an organisation',
    body: CreateOrganizationBody,
    example: { body: { name: 'Customer Ltd', website: 'https://customer.example' } },
    answers: { 201: Organization },
    reasons: [...DOMAIN_REASONS, ...FIELD_REASONS],
    idempotency: 'key',
    verb: createOrganization,
    input: ({ body }) => body,
    answer: made,
  }),
  staffRoute({
    ...viewing,
    check: 'workspace',
    tag,
    id: 'listOrganizations',
    method: 'GET',
    path: '/api/v1/organizations',
    summary: 'List organisations by name',
    query: z.strictObject({
      domain: z
        .string()
        .max(2048)
        .transform((text, context) => {
          const domain = normalizeDomain(text);
          if (domain === undefined)
            context.addIssue({ code: 'custom', message: 'This names no domain.', params: { code: 'invalid_format' } });
          return domain ?? '';
        })
        .optional()
        .meta({ type: 'string', description: 'Whose domain this is.', examples: ['customer.example'] }),
      ...listing,
    }),
    answers: { 200: pageOf(Organization) },
    idempotency: 'natural',
    verb: listOrganizations,
    input: ({ query }) => listInput(query, { part: query.domain }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    check: 'workspace',
    tag,
    id: 'upsertOrganization',
    method: 'POST',
    path: '/api/v1/organizations/upsert',
    summary: 'Make an organisation or change the one that there is',
    description: 'Found by one of its domains or by external id; an archived one comes back. Two at once make one.',
    body: UpsertOrganizationBody,
    answers: { 200: Organization, 201: Organization },
    reasons: [...DOMAIN_REASONS, ...FIELD_REASONS],
    example: { body: { identifier: { externalId: 'crm-17' }, onCreate: { name: 'Customer Ltd' } } },
    idempotency: 'key',
    verb: upsertOrganization,
    input: ({ body }) => body,
    answer: ({ created, organization }) => (created ? made(organization) : { status: 200, ...answered(organization) }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'updateOrganization',
    method: 'PATCH',
    path: at,
    summary: 'Change an organisation',
    description: 'Absent keeps, null clears.',
    params,
    body: UpdateOrganizationBody,
    answers: { 200: Organization },
    reasons: ['merged', ...FIELD_REASONS],
    example: { body: { notes: 'Pays by the year' } },
    idempotency: 'key',
    version: 'optional',
    verb: updateOrganization,
    input: ({ params: { organizationId }, body: { version: _guard, ...changes }, ifMatch }) => ({
      id: organizationId,
      changes,
      ifMatch,
    }),
    answer: (body) => ({ status: 200, ...answered(body) }),
  }),
  ...directoryRoutes({
    tag,
    noun: 'Organization',
    called: 'n organisation',
    prefix: 'org',
    wire: Organization,
    mergeBody: MergeOrganizationBody,
    taken: 'domain_taken',
    verbs: {
      get: getOrganization,
      archive: archiveOrganization,
      unarchive: unarchiveOrganization,
      merge: mergeOrganization,
    },
  }),
  staffRoute({
    ...viewing,
    tag,
    id: 'listOrganizationContacts',
    method: 'GET',
    path: `${at}/contacts`,
    summary: 'List the people of an organisation by name',
    params,
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(Contact) },
    idempotency: 'natural',
    verb: listOrganizationContacts,
    input: ({ params: { organizationId }, query }) => ({ organizationId, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...viewing,
    tag,
    id: 'listOrganizationDomains',
    method: 'GET',
    path: `${at}/domains`,
    summary: 'List the domains of an organisation',
    params,
    answers: { 200: pageOf(OrganizationDomain) },
    idempotency: 'natural',
    verb: listOrganizationDomains,
    input: ({ params: { organizationId } }) => ({ id: organizationId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'addOrganizationDomain',
    method: 'POST',
    path: `${at}/domains`,
    summary: 'Give an organisation a domain',
    description:
      'People who prove an address there belong to it from then on; `attachContacts` takes in those who have.',
    params,
    body: AddOrganizationDomainBody,
    example: { body: { domain: 'https://www.customer-two.example' } },
    answers: { 201: OrganizationDomain },
    reasons: ['merged', 'limit_reached', ...DOMAIN_REASONS],
    idempotency: 'key',
    verb: addOrganizationDomain,
    input: ({ params: { organizationId }, body }) => ({ id: organizationId, ...body }),
    answer: ({ organizationId, domain }) => ({
      status: 201,
      body: domain,
      headers: { location: `/api/v1/organizations/${organizationId}/domains` },
    }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'updateOrganizationDomain',
    method: 'PATCH',
    path: `${at}/domains/{domainId}`,
    summary: 'Make a domain the primary one',
    params: domainPath,
    body: UpdateOrganizationDomainBody,
    answers: { 200: OrganizationDomain },
    reasons: ['merged'],
    idempotency: 'key',
    verb: updateOrganizationDomain,
    input: ({ params: { organizationId, domainId } }) => ({ id: organizationId, domainId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...managing,
    tag,
    id: 'removeOrganizationDomain',
    method: 'DELETE',
    path: `${at}/domains/{domainId}`,
    summary: 'Take a domain from an organisation',
    params: domainPath,
    answers: { 204: null },
    reasons: ['merged'],
    idempotency: 'natural',
    verb: removeOrganizationDomain,
    input: ({ params: { organizationId, domainId } }) => ({ id: organizationId, domainId }),
    answer: () => ({ status: 204 }),
  }),
];
