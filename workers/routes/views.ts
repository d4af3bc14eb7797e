import * as z from 'zod';
import { FoundTicket } from '#schema/api/found-ticket.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { CreateViewBody, UpdateViewBody, View, ViewCount } from '#schema/api/views.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { countViewTickets } from '#services/views/count-view-tickets.ts';
import { createView } from '#services/views/create-view.ts';
import { deleteView } from '#services/views/delete-view.ts';
import { getView } from '#services/views/get-view.ts';
import { listViewTickets } from '#services/views/list-view-tickets.ts';
import { listViews } from '#services/views/list-views.ts';
import { updateView } from '#services/views/update-view.ts';
import { staffRoute } from './route.ts';

const viewPath = z.strictObject({ viewId: idSchema('view') });
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const viewAnswer = (body: z.input<typeof View>) => ({ status: 200 as const, body, headers: etag(body.version) });
const managing = { anyOf: ['view.manage', ...TICKET_VIEWS] } as const;
const staff = { tag: 'views', permission: { anyOf: TICKET_VIEWS }, check: 'resource' } as const;

export const viewRoutes = [
  staffRoute({
    ...staff,
    check: 'anywhere',
    id: 'createView',
    method: 'POST',
    path: '/api/v1/views',
    summary: 'Keep a list of tickets under a name',
    description: 'For yourself; with `view.manage` for a team or for everybody.',
    body: CreateViewBody,
    example: { body: { name: 'Urgent, mine', filter: { assignee: 'me', priority: 'urgent' } } },
    answers: { 201: View },
    reasons: [
      'sort_needs_active',
      'unknown_reference',
      'limit_reached',
      'missing_permission',
      'key_scope',
      'key_limit',
    ],
    idempotency: 'key',
    verb: createView,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/views/${body.id}` },
    }),
  }),
  staffRoute({
    ...staff,
    check: 'anywhere',
    id: 'listViews',
    method: 'GET',
    path: '/api/v1/views',
    summary: 'List the views you are offered',
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(View) },
    idempotency: 'natural',
    verb: listViews,
    input: ({ query }) => ({ limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...staff,
    id: 'getView',
    method: 'GET',
    path: '/api/v1/views/{viewId}',
    summary: 'Read a view',
    params: viewPath,
    answers: { 200: View },
    idempotency: 'natural',
    verb: getView,
    input: ({ params }) => ({ viewId: params.viewId }),
    answer: viewAnswer,
  }),
  staffRoute({
    ...staff,
    permission: managing,
    id: 'updateView',
    method: 'PATCH',
    path: '/api/v1/views/{viewId}',
    summary: 'Change a view, or to whom it is offered',
    description: 'Absent keeps. Audience and team change together.',
    params: viewPath,
    body: UpdateViewBody,
    example: { body: { name: 'Urgent of my teams', filter: { team: 'myTeams', priority: 'urgent' } } },
    answers: { 200: View },
    reasons: [
      'sort_needs_active',
      'unknown_reference',
      'limit_reached',
      'missing_permission',
      'key_scope',
      'key_limit',
    ],
    idempotency: 'key',
    version: 'optional',
    verb: updateView,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({
      viewId: params.viewId,
      changes,
      ifMatch,
    }),
    answer: viewAnswer,
  }),
  staffRoute({
    ...staff,
    permission: managing,
    id: 'deleteView',
    method: 'DELETE',
    path: '/api/v1/views/{viewId}',
    summary: 'Delete a view',
    params: viewPath,
    answers: { 204: null },
    reasons: ['missing_permission', 'key_scope', 'key_limit'],
    idempotency: 'natural',
    version: 'optional',
    verb: deleteView,
    input: ({ params, ifMatch }) => ({ viewId: params.viewId, ifMatch }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...staff,
    id: 'listViewTickets',
    method: 'GET',
    path: '/api/v1/views/{viewId}/tickets',
    summary: 'List the tickets of a view, as you may see them',
    params: viewPath,
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(FoundTicket) },
    reasons: ['search_too_broad'],
    // The filter of the view decides the statement of its list.
    roundTrips: 2,
    idempotency: 'natural',
    verb: listViewTickets,
    input: ({ params, query }) => ({ viewId: params.viewId, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...staff,
    id: 'countViewTickets',
    method: 'GET',
    path: '/api/v1/views/{viewId}/count',
    summary: 'Count the tickets of a view, up to 1,000',
    params: viewPath,
    answers: { 200: ViewCount },
    reasons: ['search_too_broad'],
    // The filter of the view decides the statement of its list.
    roundTrips: 2,
    idempotency: 'natural',
    verb: countViewTickets,
    input: ({ params }) => ({ viewId: params.viewId }),
    answer: (body) => ({ status: 200, body }),
  }),
];
