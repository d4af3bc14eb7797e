import * as z from 'zod';
import {
  ApplyMacroBody,
  CreateMacroBody,
  Macro,
  MacroPreview,
  PreviewMacroBody,
  UpdateMacroBody,
} from '#schema/api/macros.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { Ticket } from '#schema/api/tickets.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { applyMacro } from '#services/macros/apply-macro.ts';
import { createMacro } from '#services/macros/create-macro.ts';
import { deleteMacro } from '#services/macros/delete-macro.ts';
import { getMacro } from '#services/macros/get-macro.ts';
import { listMacros } from '#services/macros/list-macros.ts';
import { previewMacro } from '#services/macros/preview-macro.ts';
import { updateMacro } from '#services/macros/update-macro.ts';
import { staffRoute } from './route.ts';

const macroPath = z.strictObject({ macroId: idSchema('macro') });
const onTicket = z.strictObject({ ticketId: idSchema('tkt'), macroId: idSchema('macro') });
const etag = (version: number): { etag: string } => ({ etag: `"${version}"` });
const versioned = <Body extends { version: number }>(body: Body) => ({
  status: 200 as const,
  body,
  headers: etag(body.version),
});
const managing = { anyOf: ['macro.manage', ...TICKET_VIEWS] } as const;
const staff = { tag: 'macros', permission: { anyOf: TICKET_VIEWS }, check: 'resource' } as const;
const SAVING = [
  'unknown_reference',
  'unknown_field',
  'invalid_field',
  'bad_action',
  'limit_reached',
  'missing_permission',
  'key_scope',
  'key_limit',
] as const;

export const macroRoutes = [
  staffRoute({
    ...staff,
    check: 'anywhere',
    id: 'createMacro',
    method: 'POST',
    path: '/api/v1/macros',
    summary: 'Keep a reply and changes under a name',
    description: 'For yourself; with `macro.manage` for a team or for everybody.',
    body: CreateMacroBody,
    example: {
      body: {
        name: 'Ask for the version',
        message: { body: 'Hello {{requester.first_name|there}}, which version do you use?' },
        actions: [{ type: 'status', category: 'pending' }],
      },
    },
    answers: { 201: Macro },
    reasons: SAVING,
    idempotency: 'key',
    verb: createMacro,
    input: ({ body }) => body,
    answer: (body) => ({
      status: 201,
      body,
      headers: { ...etag(body.version), location: `/api/v1/macros/${body.id}` },
    }),
  }),
  staffRoute({
    ...staff,
    check: 'anywhere',
    id: 'listMacros',
    method: 'GET',
    path: '/api/v1/macros',
    summary: 'List the macros you are offered',
    query: z.strictObject(pageQuery()),
    answers: { 200: pageOf(Macro) },
    idempotency: 'natural',
    verb: listMacros,
    input: ({ query }) => ({ limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...staff,
    id: 'getMacro',
    method: 'GET',
    path: '/api/v1/macros/{macroId}',
    summary: 'Read a macro',
    params: macroPath,
    answers: { 200: Macro },
    idempotency: 'natural',
    verb: getMacro,
    input: ({ params }) => params,
    answer: versioned,
  }),
  staffRoute({
    ...staff,
    permission: managing,
    id: 'updateMacro',
    method: 'PATCH',
    path: '/api/v1/macros/{macroId}',
    summary: 'Change a macro, or to whom it is offered',
    description: 'Absent keeps. Audience and team change together, and so do the text and its audience.',
    params: macroPath,
    body: UpdateMacroBody,
    example: { body: { name: 'Ask for version and system' } },
    answers: { 200: Macro },
    reasons: SAVING,
    idempotency: 'key',
    version: 'optional',
    verb: updateMacro,
    input: ({ params, body: { version: _guard, ...changes }, ifMatch }) => ({ ...params, changes, ifMatch }),
    answer: versioned,
  }),
  staffRoute({
    ...staff,
    permission: managing,
    id: 'deleteMacro',
    method: 'DELETE',
    path: '/api/v1/macros/{macroId}',
    summary: 'Delete a macro',
    params: macroPath,
    answers: { 204: null },
    reasons: ['missing_permission', 'key_scope', 'key_limit'],
    idempotency: 'natural',
    version: 'optional',
    verb: deleteMacro,
    input: ({ params, ifMatch }) => ({ ...params, ifMatch }),
    answer: () => ({ status: 204 }),
  }),
  staffRoute({
    ...staff,
    id: 'applyMacro',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/macros/{macroId}',
    summary: 'Say and do what a macro says',
    description:
      'All of it in one commit, or nothing: each action and the message need their own permission. A refusal names the action by its place. Only a macro that restores reaches a ticket in the trash.',
    params: onTicket,
    body: ApplyMacroBody,
    example: { body: {} },
    answers: { 200: Ticket },
    reasons: [
      'missing_permission',
      'key_scope',
      'key_limit',
      'share_level',
      'inbox_viewer',
      'owning_side',
      'ticket_merged',
      'ticket_closed',
      'not_deleted',
      'ticket_full',
      'new_messages',
      'status_deleted',
      'wake_at_past',
      'out_of_range',
      'nothing_to_say',
      'missing_fields',
      'unknown_reference',
      'inbox_archived',
      'team_archived',
      'assignee_cannot_view',
      'assignee_not_in_team',
      'unknown_field',
      'invalid_field',
      'limit_reached',
    ],
    idempotency: 'key',
    version: 'optional',
    verb: applyMacro,
    input: ({ params, body: { version: _guard, ...body }, ifMatch }) => ({ ...params, ...body, ifMatch }),
    answer: versioned,
  }),
  staffRoute({
    ...staff,
    id: 'previewMacro',
    method: 'POST',
    path: '/api/v1/tickets/{ticketId}/macros/{macroId}/preview',
    summary: 'See what a macro would say and do',
    params: onTicket,
    body: PreviewMacroBody,
    example: { body: {} },
    answers: { 200: MacroPreview },
    idempotency: 'none',
    verb: previewMacro,
    input: ({ params, body }) => ({ ...params, ...body }),
    answer: (body) => ({ status: 200, body }),
  }),
];
