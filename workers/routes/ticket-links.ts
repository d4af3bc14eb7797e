import * as z from 'zod';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { ActivityEntry, LinkTicketBody, TicketLink } from '#schema/api/ticket-links.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { listActivity } from '#services/activity/list-activity.ts';
import { linkTicket } from '#services/links/link-ticket.ts';
import { listLinks } from '#services/links/list-links.ts';
import { unlinkTicket } from '#services/links/unlink-ticket.ts';
import { staffRoute } from './route.ts';

const tag = 'ticket links';
const ticketPath = z.strictObject({ ticketId: idSchema('tkt') });
const reading = { tag, permission: { anyOf: TICKET_VIEWS }, check: 'resource' } as const;
const editing = { tag, permission: 'ticket.edit_fields', check: 'resource' } as const;
const links = '/api/v1/tickets/{ticketId}/links';

export const ticketLinkRoutes = [
  staffRoute({
    ...reading,
    id: 'listLinks',
    method: 'GET',
    path: links,
    summary: 'List what a ticket is linked to',
    description: 'All of it, at most 100, without tickets that you do not see.',
    params: ticketPath,
    answers: { 200: pageOf(TicketLink) },
    idempotency: 'natural',
    verb: listLinks,
    input: ({ params }) => ({ ticketId: params.ticketId }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...editing,
    id: 'linkTicket',
    method: 'POST',
    path: links,
    summary: 'Link a ticket to another',
    description:
      'This ticket is the source: the parent of `parent_of`, the problem of `problem_of`. One parent each, no rings, five levels.',
    params: ticketPath,
    body: LinkTicketBody,
    answers: { 201: TicketLink },
    reasons: ['ticket_merged', 'unknown_reference', 'link_cycle', 'link_taken', 'link_depth', 'limit_reached'],
    idempotency: 'key',
    verb: linkTicket,
    input: ({ params, body }) => ({ ticketId: params.ticketId, ...body }),
    answer: ({ ticketId, link: body }) => ({
      status: 201,
      body,
      headers: { location: `/api/v1/tickets/${ticketId}/links` },
    }),
  }),
  staffRoute({
    ...editing,
    id: 'unlinkTicket',
    method: 'DELETE',
    path: `${links}/{linkId}`,
    summary: 'End a link',
    description: 'From either end.',
    params: z.strictObject({ ticketId: idSchema('tkt'), linkId: idSchema('tlink') }),
    answers: { 204: null },
    reasons: ['ticket_merged'],
    idempotency: 'natural',
    verb: unlinkTicket,
    input: ({ params }) => params,
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...reading,
    id: 'listActivity',
    method: 'GET',
    path: '/api/v1/tickets/{ticketId}/activity',
    summary: 'Read what happened to a ticket, the newest first',
    description: 'As far as you may read what it is about; a page may hold fewer entries than asked.',
    params: ticketPath,
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(ActivityEntry) },
    idempotency: 'natural',
    verb: listActivity,
    input: ({ params, query }) => ({ ticketId: params.ticketId, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
];
