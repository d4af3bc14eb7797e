import * as z from 'zod';
import { Ticket } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
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
];
