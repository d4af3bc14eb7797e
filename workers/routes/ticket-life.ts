import * as z from 'zod';
import { MergeTicketsBody } from '#schema/api/ticket-life.ts';
import { Ticket } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
import { deleteTicket } from '#services/lifecycle/delete-ticket.ts';
import { mergeTickets } from '#services/lifecycle/merge-tickets.ts';
import { purgeTicket } from '#services/lifecycle/purge-ticket.ts';
import { restoreTicket } from '#services/lifecycle/restore-ticket.ts';
import { unmergeTicket } from '#services/lifecycle/unmerge-ticket.ts';
import { returnTicket } from '#services/tickets/return-ticket.ts';
import { takeTicket } from '#services/tickets/take-ticket.ts';
import { staffRoute } from './route.ts';

const ticketPath = z.strictObject({ ticketId: idSchema('tkt') });
const ticketAnswer = (body: z.input<typeof Ticket>) => ({
  status: 200 as const,
  body,
  headers: { etag: `"${body.version}"` },
});
const onTicket = {
  tag: 'tickets',
  check: 'resource',
  params: ticketPath,
  idempotency: 'key',
  version: 'optional',
} as const;

export const ticketLifeRoutes = [
  staffRoute({
    ...onTicket,
    id: 'takeTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/take',
    summary: 'Take a free ticket',
    description: 'Assigns it to the person behind the credential. What is yours already stays as it is.',
    permission: 'ticket.assign_self',
    answers: { 200: Ticket },
    reasons: ['ticket_merged', 'already_assigned', 'assignee_not_in_team'],
    verb: takeTicket,
    input: ({ params, ifMatch }) => ({ ticketId: params.ticketId, ifMatch }),
    answer: ticketAnswer,
  }),
  staffRoute({
    ...onTicket,
    id: 'returnTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/return',
    summary: 'Give a ticket back to its queue',
    description: 'Clears the person, not the team. That of somebody else needs `ticket.assign_any`.',
    permission: { anyOf: ['ticket.assign_any', 'ticket.assign_self'] },
    answers: { 200: Ticket },
    reasons: ['ticket_merged'],
    verb: returnTicket,
    input: ({ params, ifMatch }) => ({ ticketId: params.ticketId, ifMatch }),
    answer: ticketAnswer,
  }),
  staffRoute({
    ...onTicket,
    id: 'mergeTickets',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/merge',
    summary: 'Merge tickets into this one',
    description:
      'The sources close and read on in this thread, where each reader keeps their rights. Customers see only their own words.',
    permission: 'ticket.merge',
    body: MergeTicketsBody,
    example: { body: { sourceIds: ['tkt_01h455vb4pex5vsknk084sn02q'] } },
    answers: { 200: Ticket },
    reasons: ['ticket_merged', 'new_messages', 'unknown_reference', 'merge_invalid', 'limit_reached'],
    verb: mergeTickets,
    input: ({ params, body: { version: _guard, ...body }, ifMatch }) => ({
      ticketId: params.ticketId,
      ifMatch,
      ...body,
    }),
    answer: ticketAnswer,
  }),
  staffRoute({
    ...onTicket,
    id: 'unmergeTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/unmerge',
    summary: 'Take a ticket out of the one it was merged into',
    description: 'It has its old status and clocks again. A ticket that is not merged stays as it is.',
    permission: 'ticket.merge',
    answers: { 200: Ticket },
    verb: unmergeTicket,
    input: ({ params, ifMatch }) => ({ ticketId: params.ticketId, ifMatch }),
    answer: ticketAnswer,
  }),
  staffRoute({
    ...onTicket,
    id: 'deleteTicket',
    method: 'DELETE',
    path: '/api/v1/tickets/{ticketId}',
    summary: 'Put a ticket into the trash',
    description: 'With the tickets that were merged into it. It is 404 everywhere until it is restored or purged.',
    permission: 'ticket.delete',
    idempotency: 'natural',
    answers: { 204: null },
    reasons: ['ticket_merged'],
    verb: deleteTicket,
    input: ({ params, ifMatch }) => ({ ticketId: params.ticketId, ifMatch }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...onTicket,
    id: 'restoreTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/restore',
    summary: 'Bring a ticket back from the trash',
    description: 'With what went there together. Clocks run again.',
    permission: 'ticket.restore',
    answers: { 200: Ticket },
    reasons: ['not_deleted', 'ticket_merged'],
    verb: restoreTicket,
    input: ({ params, ifMatch }) => ({ ticketId: params.ticketId, ifMatch }),
    answer: ticketAnswer,
  }),
  staffRoute({
    ...onTicket,
    id: 'purgeTicket',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/purge',
    summary: 'End a ticket in the trash for good',
    description:
      'Rows, files and what events tell of it, at once and with the tickets merged into it. Needs `admin.manage_settings` as well.',
    permission: 'ticket.delete',
    version: 'none',
    answers: { 204: null },
    reasons: ['not_deleted', 'ticket_merged'],
    verb: purgeTicket,
    input: ({ params }) => ({ ticketId: params.ticketId }),
    answer: () => ({ status: 204 }),
  }),
];
