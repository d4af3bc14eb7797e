import * as z from 'zod';
import { FoundTicket } from '#schema/api/found-ticket.ts';
import { asOfQuery, pageOf, pageQuery } from '#schema/api/shared.ts';
import { Flag, type TicketFilter, ticketFilterQuery } from '#schema/api/ticket-filter.ts';
import { MovedTicket, TransitionTicketBody } from '#schema/api/ticket-life.ts';
import { AssignTicketBody, CreateTicketBody, Ticket, UpdateTicketBody } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { moveWithIncidents } from '#services/bulk/move-with-incidents.ts';
import { assignTicket } from '#services/tickets/assign-ticket.ts';
import { createTicket } from '#services/tickets/create-ticket.ts';
import { getTicket } from '#services/tickets/get-ticket.ts';
import { listTickets } from '#services/tickets/list-tickets.ts';
import { updateTicket } from '#services/tickets/update-ticket.ts';
import { staffRoute } from './route.ts';

const tag = 'tickets';
const ticketPath = z.strictObject({ ticketId: idSchema('tkt') });
const seesTickets = { anyOf: TICKET_VIEWS } as const;
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const ticketAnswer = (body: z.input<typeof MovedTicket>) => ({
  status: 200 as const,
  body,
  headers: etag(body.version),
});

export const ticketRoutes = [
  staffRoute({
    id: 'createTicket',
    method: 'POST',
    path: '/api/v1/tickets',
    tag,
    summary: 'Open a ticket',
    description:
      'Opens a ticket with its first message. A requester is found by address or made; per field, what you send beats the inbox default. An assignee or assignee team needs what assigning it would.',
    permission: 'ticket.create',
    check: 'resource',
    body: CreateTicketBody,
    example: {
      body: {
        subject: 'The invoice shows the wrong VAT number',
        body: 'Hello, the VAT number on our last invoice is the one of another company.',
        requester: { email: 'ada@customer.example', name: 'Ada Park' },
        priority: 'high',
      },
    },
    answers: { 201: Ticket },
    reasons: [
      'unknown_reference',
      'team_archived',
      'assignee_cannot_view',
      'assignee_not_in_team',
      'author_not_on_ticket',
      'attachment_used',
      'already_assigned',
      'unknown_field',
      'invalid_field',
      'missing_fields',
      'limit_reached',
    ],
    idempotency: 'key',
    verb: createTicket,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/tickets/${body.id}` },
    }),
  }),
  staffRoute({
    id: 'listTickets',
    method: 'GET',
    path: '/api/v1/tickets',
    tag,
    summary: 'List or search the tickets you may see',
    description:
      'All parameters must hold; several values of one are divided by commas, any of them. `field.<key>` is a parameter for each custom field. What you may not see is not found, whichever parameter names it.',
    permission: seesTickets,
    check: 'anywhere',
    query: ticketFilterQuery(pageQuery()),
    answers: { 200: pageOf(FoundTicket) },
    reasons: ['sort_needs_active', 'search_too_broad'],
    idempotency: 'natural',
    verb: listTickets,
    input: ({ query: { limit, cursor, ...filter } }) => ({ filter: filter as TicketFilter, limit, cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'getTicket',
    method: 'GET',
    path: '/api/v1/tickets/{ticketId}',
    tag,
    summary: 'Read a ticket',
    permission: seesTickets,
    check: 'resource',
    params: ticketPath,
    query: z.strictObject({
      asOf: asOfQuery(),
      deleted: Flag.optional().meta({ description: '`true`: from the trash, if you may restore it.' }),
    }),
    answers: { 200: Ticket },
    reasons: ['history_too_long'],
    idempotency: 'natural',
    verb: getTicket,
    input: ({ params, query }) => ({ ...params, ...query }),
    answer: ticketAnswer,
  }),
  staffRoute({
    id: 'getTicketByNumber',
    method: 'GET',
    path: '/api/v1/tickets/by-number/{number}',
    tag,
    summary: 'Read a ticket by its number',
    permission: seesTickets,
    check: 'resource',
    params: z.strictObject({
      number: z
        .string()
        .regex(/^[1-9]\d{0,14}$/, 'A ticket number, without #.')
        .transform(Number)
        .meta({ type: 'integer', minimum: 1, maximum: 999_999_999_999_999 }),
    }),
    answers: { 200: Ticket },
    idempotency: 'natural',
    verb: getTicket,
    input: ({ params }) => ({ number: params.number }),
    answer: ticketAnswer,
  }),
  staffRoute({
    id: 'updateTicket',
    method: 'PATCH',
    path: '/api/v1/tickets/{ticketId}',
    tag,
    summary: 'Change fields of a ticket',
    description:
      'Absent keeps, null clears. Visibility, inbox and team are placement: they need the ticket to be yours. A stale version is 412 with `changedSince`: which fields moved, by whom, when.',
    permission: 'ticket.edit_fields',
    check: 'resource',
    params: ticketPath,
    query: z.strictObject({
      conflict: z
        .enum(['merge'])
        .optional()
        .meta({ description: 'Takes an edit of an older version when nobody touched its fields since.' }),
    }),
    body: UpdateTicketBody,
    example: { body: { priority: 'urgent' } },
    answers: { 200: Ticket },
    reasons: [
      'ticket_merged',
      'unknown_reference',
      'inbox_archived',
      'team_archived',
      'unknown_field',
      'invalid_field',
      'limit_reached',
    ],
    idempotency: 'key',
    version: 'optional',
    verb: updateTicket,
    input: ({ params, query, body: { version: _guard, ...changes }, ifMatch }) => ({
      ticketId: params.ticketId,
      changes,
      ifMatch,
      conflict: query.conflict,
    }),
    answer: ticketAnswer,
  }),
  staffRoute({
    id: 'transitionTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/transition',
    tag,
    summary: 'Move a ticket to another status',
    description: 'Any category may follow any. With `message` both happen in one commit, or neither.',
    permission: 'ticket.change_status',
    check: 'resource',
    params: ticketPath,
    body: TransitionTicketBody,
    example: { body: { category: 'pending' } },
    answers: { 200: MovedTicket },
    reasons: [
      'ticket_merged',
      'ticket_closed',
      'ticket_full',
      'new_messages',
      'status_deleted',
      'wake_at_past',
      'out_of_range',
      'missing_fields',
      'unknown_reference',
      'author_not_on_ticket',
      'limit_reached',
      'not_solving',
    ],
    idempotency: 'key',
    version: 'optional',
    verb: moveWithIncidents,
    input: ({ params, body, ifMatch }) => ({
      ticketId: params.ticketId,
      ifMatch,
      to: body.statusId === undefined ? { category: body.category ?? 'open' } : { statusId: body.statusId },
      wakeAt: body.wakeAt,
      message: body.message,
      expectMessageSeq: body.expectMessageSeq,
      includeIncidents: body.includeIncidents,
    }),
    answer: ticketAnswer,
  }),
  staffRoute({
    id: 'assignTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/assign',
    tag,
    summary: 'Assign a ticket to a person, a team or both',
    description:
      'Absent keeps, null clears. A new team drops a person who is not in it. Taking over from somebody needs `ticket.assign_any`.',
    permission: { anyOf: ['ticket.assign_any', 'ticket.assign_self'] },
    check: 'resource',
    params: ticketPath,
    body: AssignTicketBody,
    example: { body: { assigneePrincipalId: 'prin_01h455vb4pex5vsknk084sn02q' } },
    answers: { 200: Ticket },
    reasons: ['ticket_merged', 'unknown_reference', 'team_archived', 'assignee_cannot_view', 'assignee_not_in_team'],
    idempotency: 'key',
    version: 'optional',
    verb: assignTicket,
    input: ({ params, body, ifMatch }) => ({
      ticketId: params.ticketId,
      ifMatch,
      assigneePrincipalId: body.assigneePrincipalId,
      assigneeTeamId: body.assigneeTeamId,
    }),
    answer: ticketAnswer,
  }),
];
