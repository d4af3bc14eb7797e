import * as z from 'zod';
import { CUSTOMER_KINDS, CUSTOMER_SORTS, Customer } from '#schema/api/customers.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { listCustomers } from '#services/contacts/list-customers.ts';
import { listing } from './directory-routes.ts';
import { staffRoute } from './route.ts';

export const customerRoutes = [
  staffRoute({
    id: 'listCustomers',
    method: 'GET',
    path: '/api/v1/customers',
    tag: 'contacts',
    summary: 'List customers: contacts, and logins that are tied to none',
    description: 'Never a total. Open tickets are those that you may see.',
    permission: 'org.view',
    check: 'workspace',
    query: z.strictObject({
      q: listing.q,
      kind: z.enum(CUSTOMER_KINDS).optional(),
      organization: idSchema('org').optional(),
      segment: idSchema('seg').optional(),
      archived: listing.archived,
      sort: z.enum(CUSTOMER_SORTS).default('name'),
      ...pageQuery(100),
    }),
    answers: { 200: pageOf(Customer) },
    idempotency: 'natural',
    verb: listCustomers,
    input: ({ query: { organization, segment, archived, ...query } }) => ({
      q: query.q,
      kind: query.kind,
      organizationId: organization,
      segmentId: segment,
      archived: archived === 'true',
      sort: query.sort,
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
];
