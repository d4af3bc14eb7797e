import * as z from 'zod';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { PostedMessage, PostMessageBody, TicketMessage } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { listMessages } from '#services/messages/list-messages.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { staffRoute } from './route.ts';

const tag = 'messages';
const ticketPath = z.strictObject({ ticketId: idSchema('tkt') });

export const ticketMessageRoutes = [
  staffRoute({
    id: 'listMessages',
    method: 'GET',
    path: '/api/v1/tickets/{ticketId}/messages',
    tag,
    summary: 'Read the thread of a ticket',
    description: 'In order. Notes are shown to those who may write them.',
    permission: { anyOf: TICKET_VIEWS },
    check: 'resource',
    params: ticketPath,
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(TicketMessage) },
    idempotency: 'natural',
    verb: listMessages,
    input: ({ params, query }) => ({ ticketId: params.ticketId, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'postMessage',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/messages',
    tag,
    summary: 'Add a message to a ticket',
    description:
      'A key writes as automation; `as` lets it speak for a member (an agent, whose public reply answers the customer) or for a contact of the ticket.',
    permission: { anyOf: ['ticket.reply_public', 'ticket.comment_internal'] },
    check: 'resource',
    params: ticketPath,
    body: PostMessageBody,
    answers: { 201: PostedMessage },
    reasons: [
      'ticket_merged',
      'ticket_closed',
      'ticket_full',
      'author_not_on_ticket',
      'unknown_reference',
      'status_deleted',
    ],
    idempotency: 'key',
    verb: postMessage,
    input: ({ params, body }) => ({ ticketId: params.ticketId, ...body }),
    answer: (body) => ({
      status: 201,
      body,
      headers: { location: `/api/v1/tickets/${body.message.ticketId}/messages` },
    }),
  }),
];
