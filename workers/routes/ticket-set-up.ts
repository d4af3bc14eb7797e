import * as z from 'zod';
import { StartedJob } from '#schema/api/bulk.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { TicketSettings, UpdateTicketSettingsBody } from '#schema/api/ticket-settings.ts';
import { CreateTicketStatusBody, TicketStatus, UpdateTicketStatusBody } from '#schema/api/ticket-statuses.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { createTicketStatus } from '#services/statuses/create-ticket-status.ts';
import { deleteTicketStatus } from '#services/statuses/delete-ticket-status.ts';
import { getTicketStatus } from '#services/statuses/get-ticket-status.ts';
import { listTicketStatuses } from '#services/statuses/list-ticket-statuses.ts';
import { updateTicketStatus } from '#services/statuses/update-ticket-status.ts';
import { getTicketSettings } from '#services/ticket-settings/get-ticket-settings.ts';
import { updateTicketSettings } from '#services/ticket-settings/update-ticket-settings.ts';
import { started } from './contract.ts';
import { staffRoute } from './route.ts';

const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const statusPath = z.strictObject({ statusId: idSchema('tstat') });
const statusAnswer = (body: z.input<typeof TicketStatus>) => ({
  status: 200 as const,
  body,
  headers: etag(body.version),
});
const settingsAnswer = (body: z.input<typeof TicketSettings>) => ({
  status: 200 as const,
  body,
  headers: etag(body.version),
});
const viewing = {
  tag: 'ticket set-up',
  permission: { anyOf: TICKET_VIEWS },
  check: 'anywhere',
  idempotency: 'natural',
} as const;
const managing = { tag: 'ticket set-up', permission: 'ticket_status.manage', check: 'workspace' } as const;

export const ticketSetUpRoutes = [
  staffRoute({
    ...managing,
    id: 'createTicketStatus',
    method: 'POST',
    path: '/api/v1/ticket-statuses',
    summary: 'Define a ticket status',
    description: 'Its category decides what it does and never changes.',
    body: CreateTicketStatusBody,
    example: {
      body: { name: 'With engineering', slug: 'with-engineering', color: '#a855f7', category: 'on_hold', position: 3 },
    },
    answers: { 201: TicketStatus },
    reasons: ['name_taken', 'limit_reached'],
    idempotency: 'key',
    verb: createTicketStatus,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/ticket-statuses/${body.id}` },
    }),
  }),
  staffRoute({
    ...viewing,
    id: 'listTicketStatuses',
    method: 'GET',
    path: '/api/v1/ticket-statuses',
    summary: 'List the ticket statuses',
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(TicketStatus) },
    verb: listTicketStatuses,
    input: ({ query }) => ({ limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...viewing,
    id: 'getTicketStatus',
    method: 'GET',
    path: '/api/v1/ticket-statuses/{statusId}',
    summary: 'Read a ticket status',
    params: statusPath,
    answers: { 200: TicketStatus },
    verb: getTicketStatus,
    input: ({ params }) => ({ statusId: params.statusId }),
    answer: statusAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'updateTicketStatus',
    method: 'PATCH',
    path: '/api/v1/ticket-statuses/{statusId}',
    summary: 'Change a ticket status, or make it the default',
    description: 'Absent keeps, null clears. A category has one default: the former one ceases in the same commit.',
    params: statusPath,
    body: UpdateTicketStatusBody,
    example: { body: { name: 'With engineering' } },
    answers: { 200: TicketStatus },
    reasons: ['name_taken'],
    idempotency: 'key',
    version: 'optional',
    verb: updateTicketStatus,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({
      statusId: params.statusId,
      changes,
      ifMatch,
    }),
    answer: statusAnswer,
  }),
  staffRoute({
    ...managing,
    id: 'deleteTicketStatus',
    method: 'DELETE',
    path: '/api/v1/ticket-statuses/{statusId}',
    summary: 'Delete a ticket status',
    description:
      'One in use goes only with `replaceWith`: it is gone at once, and the job named in the answer moves its tickets.',
    params: statusPath,
    query: z.strictObject({
      replaceWith: idSchema('tstat').optional().meta({ description: 'A status of the same category.' }),
    }),
    answers: { 202: StartedJob, 204: null },
    reasons: ['status_is_default', 'status_is_system', 'status_in_use', 'unknown_reference'],
    idempotency: 'natural',
    version: 'optional',
    verb: deleteTicketStatus,
    input: ({ params, query, ifMatch }) => ({
      statusId: params.statusId,
      replaceWith: query.replaceWith ?? null,
      ifMatch,
    }),
    answer: (job) => (job === null ? { status: 204 } : started(job, job.jobId)),
  }),
  staffRoute({
    ...viewing,
    id: 'getTicketSettings',
    method: 'GET',
    path: '/api/v1/ticket-settings',
    summary: 'Read how tickets behave',
    answers: { 200: TicketSettings },
    verb: getTicketSettings,
    input: () => ({}),
    answer: settingsAnswer,
  }),
  staffRoute({
    ...managing,
    permission: 'admin.manage_settings',
    check: 'workspace',
    id: 'updateTicketSettings',
    method: 'PATCH',
    path: '/api/v1/ticket-settings',
    summary: 'Change how tickets behave',
    description: 'Absent keeps. Inboxes and mail channels may say otherwise for closing and reopening.',
    body: UpdateTicketSettingsBody,
    example: { body: { autoCloseDays: 14 } },
    answers: { 200: TicketSettings },
    idempotency: 'key',
    version: 'optional',
    verb: updateTicketSettings,
    input: ({ body: { version: _guard, ...changes }, ifMatch }) => ({ changes, ifMatch }),
    answer: settingsAnswer,
  }),
];
