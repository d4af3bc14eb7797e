import * as z from 'zod';
import { Ticket } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
import { deleteTicket } from '#services/lifecycle/delete-ticket.ts';
import { purgeTicket } from '#services/lifecycle/purge-ticket.ts';
import { restoreTicket } from '#services/lifecycle/restore-ticket.ts';
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
