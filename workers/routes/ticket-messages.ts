import * as z from 'zod';
import { MessageVersion, RedactMessageBody, UpdateMessageBody } from '#schema/api/messages.ts';
import { anyOfQuery, asOfQuery, pageOf, pageQuery } from '#schema/api/shared.ts';
import { PostedMessage, PostMessageBody, TicketMessage } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
import { MESSAGE_AUDIENCES } from '#schema/values.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { deleteMessage } from '#services/messages/delete-message.ts';
import { listMessageHistory } from '#services/messages/list-message-history.ts';
import { listMessages } from '#services/messages/list-messages.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { redactMessage } from '#services/messages/redact-message.ts';
import { updateMessage } from '#services/messages/update-message.ts';
import { staffRoute } from './route.ts';

const tag = 'messages';
const ticketPath = z.strictObject({ ticketId: idSchema('tkt') });
const messagePath = ticketPath.extend({ messageId: idSchema('tmsg') });

export const ticketMessageRoutes = [
  staffRoute({
    id: 'listMessages',
    method: 'GET',
    path: '/api/v1/tickets/{ticketId}/messages',
    tag,
    summary: 'Read the thread of a ticket',
    description:
      'In order, with what was said on tickets merged into it. Notes are shown to those who may write them, words for a team to its members. A deleted message stays as a tombstone.',
    permission: { anyOf: TICKET_VIEWS },
    check: 'resource',
    params: ticketPath,
    query: z.strictObject({ ...pageQuery(), audience: anyOfQuery(MESSAGE_AUDIENCES).optional(), asOf: asOfQuery() }),
    answers: { 200: pageOf(TicketMessage) },
    idempotency: 'natural',
    verb: listMessages,
    input: ({ params, query }) => ({
      ticketId: params.ticketId,
      audience: query.audience,
      asOf: query.asOf,
      limit: query.limit,
      cursor: query.cursor,
    }),
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
      'team_not_on_ticket',
      'attachment_used',
      'too_many_files',
      'missing_fields',
    ],
    idempotency: 'key',
    example: { body: { body: 'We are looking into it.' } },
    verb: postMessage,
    input: ({ params, body }) => ({ ticketId: params.ticketId, ...body }),
    answer: (body) => ({
      status: 201,
      body,
      headers: { location: `/api/v1/tickets/${body.message.ticketId}/messages` },
    }),
  }),
  staffRoute({
    id: 'updateMessage',
    method: 'PATCH',
    path: '/api/v1/tickets/{ticketId}/messages/{messageId}',
    tag,
    summary: 'Edit a message',
    description:
      'By whoever wrote it: a public one for some minutes, a note always. Earlier texts stay in its history; the audience never changes.',
    permission: { anyOf: ['ticket.reply_public', 'ticket.comment_internal'] },
    check: 'resource',
    params: messagePath,
    body: UpdateMessageBody,
    answers: { 200: TicketMessage },
    reasons: ['not_author', 'edit_window_over', 'team_not_on_ticket', 'ticket_merged', 'limit_reached'],
    idempotency: 'key',
    verb: updateMessage,
    input: ({ params, body }) => ({ ...params, ...body }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'deleteMessage',
    method: 'DELETE',
    path: '/api/v1/tickets/{ticketId}/messages/{messageId}',
    tag,
    summary: 'Delete a message',
    description:
      'By whoever wrote it, as long as they may edit it, or with `ticket.delete`. It leaves a tombstone, and its words are found no more.',
    permission: { anyOf: ['ticket.delete', 'ticket.reply_public', 'ticket.comment_internal'] },
    check: 'resource',
    params: messagePath,
    answers: { 204: null },
    reasons: ['edit_window_over', 'team_not_on_ticket', 'ticket_merged', 'opening_message'],
    idempotency: 'natural',
    verb: deleteMessage,
    input: ({ params }) => params,
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    id: 'redactMessage',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/messages/{messageId}/redact',
    tag,
    summary: 'Take words out of a message for good',
    description:
      'Out of its text and its history, search and the events that told of it. Spans are places in the present text; the same words go from earlier texts. Without spans all of the text goes.',
    permission: 'ticket.delete',
    check: 'resource',
    params: messagePath,
    body: RedactMessageBody,
    answers: { 200: TicketMessage },
    reasons: ['ticket_merged'],
    idempotency: 'key',
    verb: redactMessage,
    input: ({ params, body }) => ({ ...params, ...body }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'listMessageHistory',
    method: 'GET',
    path: '/api/v1/tickets/{ticketId}/messages/{messageId}/history',
    tag,
    summary: 'Read what a message said before',
    description: 'For whoever reads the message: the first text first, the present one last.',
    permission: { anyOf: TICKET_VIEWS },
    check: 'resource',
    params: messagePath,
    answers: { 200: z.strictObject({ data: z.array(MessageVersion) }) },
    idempotency: 'natural',
    verb: listMessageHistory,
    input: ({ params }) => params,
    answer: (body) => ({ status: 200, body }),
  }),
];
