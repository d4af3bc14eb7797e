import * as z from 'zod';
import { StartedJob } from '#schema/api/bulk.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { CreateTicketTagBody, TicketTag, UpdateTicketTagBody } from '#schema/api/ticket-tags.ts';
import { TagTicketBody, Ticket } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { createTicketTag } from '#services/tags/create-tag.ts';
import { deleteTicketTag } from '#services/tags/delete-tag.ts';
import { getTicketTag } from '#services/tags/get-tag.ts';
import { listTicketTags } from '#services/tags/list-tags.ts';
import { updateTicketTag } from '#services/tags/update-tag.ts';
import { tagTicket } from '#services/tickets/tag-ticket.ts';
import { started } from './contract.ts';
import { staffRoute } from './route.ts';

const tag = 'ticket tags';
const tagPath = z.strictObject({ tagId: idSchema('ttag') });
const reading = { tag, permission: { anyOf: TICKET_VIEWS }, check: 'anywhere' } as const;
const managing = { tag, permission: 'ticket_field.manage', check: 'workspace' } as const;
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const tagAnswer = (body: z.input<typeof TicketTag>) => ({ status: 200 as const, body, headers: etag(body.version) });

export const ticketTagRoutes = [
  staffRoute({
    id: 'tagTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/tags',
    tag,
    summary: 'Add tags to a ticket and remove tags from it',
    description: 'By id or by name. A name that is new becomes a tag; one to remove that is not there is no error.',
    permission: 'ticket.edit_fields',
    check: 'resource',
    params: z.strictObject({ ticketId: idSchema('tkt') }),
    body: TagTicketBody,
    example: { body: { add: ['vip'] } },
    answers: { 200: Ticket },
    reasons: ['ticket_merged', 'unknown_reference', 'limit_reached'],
    idempotency: 'key',
    version: 'optional',
    verb: tagTicket,
    input: ({ params, body, ifMatch }) => ({
      ticketId: params.ticketId,
      ifMatch,
      add: body.add ?? [],
      remove: body.remove ?? [],
    }),
    answer: (body) => ({ status: 200, body, headers: etag(body.version) }),
  }),
  staffRoute({
    ...managing,
    id: 'createTicketTag',
    method: 'POST',
    path: '/api/v1/ticket-tags',
    summary: 'Make a tag',
    body: CreateTicketTagBody,
    example: { body: { name: 'renewal' } },
    answers: { 201: TicketTag },
    reasons: ['name_taken'],
    idempotency: 'key',
    verb: createTicketTag,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/ticket-tags/${body.id}` },
    }),
  }),
  staffRoute({
    ...reading,
    id: 'listTicketTags',
    method: 'GET',
    path: '/api/v1/ticket-tags',
    summary: 'List tags by name',
    query: z.strictObject({
      prefix: z.string().min(1).max(50).optional().meta({ description: 'How the name begins.' }),
      ...pageQuery(),
    }),
    answers: { 200: pageOf(TicketTag) },
    idempotency: 'natural',
    verb: listTicketTags,
    input: ({ query }) => ({ prefix: query.prefix, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...reading,
    id: 'getTicketTag',
    method: 'GET',
    path: '/api/v1/ticket-tags/{tagId}',
    summary: 'Read a tag',
    params: tagPath,
    answers: { 200: TicketTag },
    idempotency: 'natural',
    verb: getTicketTag,
    input: ({ params }) => ({ tagId: params.tagId }),
    answer: tagAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'updateTicketTag',
    method: 'PATCH',
    path: '/api/v1/ticket-tags/{tagId}',
    summary: 'Rename or colour a tag',
    params: tagPath,
    body: UpdateTicketTagBody,
    example: { body: { color: '#2563eb' } },
    answers: { 200: TicketTag },
    reasons: ['name_taken'],
    idempotency: 'key',
    version: 'optional',
    verb: updateTicketTag,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({ tagId: params.tagId, changes, ifMatch }),
    answer: tagAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'deleteTicketTag',
    method: 'DELETE',
    path: '/api/v1/ticket-tags/{tagId}',
    summary: 'Delete a tag, or merge it into another',
    description:
      'Up to 1,000 tickets change at once. More are left to a job (202), and the tag goes when none carries it any more.',
    params: tagPath,
    query: z.strictObject({
      mergeInto: idSchema('ttag').optional().meta({ description: 'The tag that its tickets carry instead.' }),
    }),
    example: { query: {} },
    answers: { 202: StartedJob, 204: null },
    reasons: ['unknown_reference'],
    idempotency: 'natural',
    version: 'optional',
    verb: deleteTicketTag,
    input: ({ params, query, ifMatch }) => ({ tagId: params.tagId, mergeInto: query.mergeInto, ifMatch }),
    answer: (job) => (job === null ? { status: 204 } : started(job, job.jobId)),
  }),
];
