import * as z from 'zod';
import { CreateTicketFieldBody, TicketField, UpdateTicketFieldBody } from '#schema/api/custom-fields.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { idSchema } from '#schema/id-schema.ts';
import { FIELD_OWNERS } from '#schema/tables/ticket-fields.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { archiveTicketField } from '#services/custom-fields/archive-field.ts';
import { createTicketField } from '#services/custom-fields/create-field.ts';
import { getTicketField } from '#services/custom-fields/get-field.ts';
import { listTicketFields } from '#services/custom-fields/list-fields.ts';
import { unarchiveTicketField } from '#services/custom-fields/unarchive-field.ts';
import { updateTicketField } from '#services/custom-fields/update-field.ts';
import { staffRoute } from './route.ts';

const tag = 'ticket fields';
const fieldPath = z.strictObject({ fieldId: idSchema('tfield') });
const reading = { tag, permission: { anyOf: TICKET_VIEWS }, check: 'anywhere' } as const;
const managing = { tag, permission: 'ticket_field.manage', check: 'workspace' } as const;
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const fieldAnswer = (body: z.input<typeof TicketField>) => ({
  status: 200 as const,
  body,
  headers: etag(body.version),
});

export const ticketFieldRoutes = [
  staffRoute({
    ...managing,
    id: 'createTicketField',
    method: 'POST',
    path: '/api/v1/ticket-fields',
    summary: 'Define a custom field',
    description: 'Of tickets, contacts or organisations. Key and type are for good.',
    body: CreateTicketFieldBody,
    example: { body: { key: 'order_number', type: 'text', label: 'Order number' } },
    answers: { 201: TicketField },
    reasons: ['name_taken', 'invalid_field', 'limit_reached'],
    idempotency: 'key',
    verb: createTicketField,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/ticket-fields/${body.id}` },
    }),
  }),
  staffRoute({
    ...reading,
    id: 'listTicketFields',
    method: 'GET',
    path: '/api/v1/ticket-fields',
    summary: 'List custom fields in their positions',
    query: z.strictObject({
      appliesTo: z.enum(FIELD_OWNERS).optional(),
      includeArchived: z.enum(['true', 'false']).default('false'),
      ...pageQuery(),
    }),
    answers: { 200: pageOf(TicketField) },
    idempotency: 'natural',
    verb: listTicketFields,
    input: ({ query }) => ({
      appliesTo: query.appliesTo,
      includeArchived: query.includeArchived === 'true',
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...reading,
    id: 'getTicketField',
    method: 'GET',
    path: '/api/v1/ticket-fields/{fieldId}',
    summary: 'Read a custom field',
    params: fieldPath,
    answers: { 200: TicketField },
    idempotency: 'natural',
    verb: getTicketField,
    input: ({ params }) => ({ fieldId: params.fieldId }),
    answer: fieldAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'updateTicketField',
    method: 'PATCH',
    path: '/api/v1/ticket-fields/{fieldId}',
    summary: 'Change a custom field',
    description: 'Absent keeps, null clears. Values that things have stay; options that are left out are archived.',
    params: fieldPath,
    body: UpdateTicketFieldBody,
    example: { body: { label: 'Order' } },
    answers: { 200: TicketField },
    reasons: ['invalid_field', 'limit_reached'],
    idempotency: 'key',
    version: 'optional',
    verb: updateTicketField,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({
      fieldId: params.fieldId,
      changes,
      ifMatch,
    }),
    answer: fieldAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'archiveTicketField',
    method: 'DELETE',
    path: '/api/v1/ticket-fields/{fieldId}',
    summary: 'Archive a custom field',
    description: 'Its values stay readable, and nothing new is set.',
    params: fieldPath,
    answers: { 204: null },
    idempotency: 'natural',
    version: 'optional',
    verb: archiveTicketField,
    input: ({ params, ifMatch }) => ({ fieldId: params.fieldId, ifMatch }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...managing,
    id: 'unarchiveTicketField',
    method: 'POST',
    path: '/api/v1/ticket-fields/{fieldId}/unarchive',
    summary: 'Bring a custom field back',
    params: fieldPath,
    answers: { 200: TicketField },
    reasons: ['limit_reached'],
    idempotency: 'key',
    version: 'optional',
    verb: unarchiveTicketField,
    input: ({ params, ifMatch }) => ({ fieldId: params.fieldId, ifMatch }),
    answer: fieldAnswer,
  }),
];
