import * as z from 'zod';
import { AttachmentLink, StagedAttachment } from '#schema/api/messages.ts';
import { idSchema } from '#schema/id-schema.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { stageAttachment } from '#services/files/stage-attachment.ts';
import { Upload } from '#services/files/upload.ts';
import { LINKERS, linkAttachment } from '#services/messages/link-attachment.ts';
import { openFile } from '#services/messages/open-file.ts';
import { removeAttachment } from '#services/messages/remove-attachment.ts';
import { byteRangeOf } from '../middleware/byte-range.ts';
import { fileStore } from '../object-store.ts';
import { publicRoute, staffRoute } from './route.ts';

const tag = 'files';

export const attachmentRoutes = [
  staffRoute({
    id: 'stageAttachment',
    method: 'POST',
    path: '/api/v1/attachments',
    tag,
    summary: 'Upload a file',
    description:
      'Send the bytes as they are, with `Content-Length`. The file waits 24 hours for a message or ticket that names it in `attachmentIds`; only who uploaded it may do so. Its type is read from its bytes. With an `Idempotency-Key` the same bytes sent again, under the same headers, are the same one file.',
    permission: { anyOf: TICKET_VIEWS },
    check: 'anywhere',
    query: z.strictObject({
      purpose: z
        .enum(['message', 'import'])
        .default('message')
        .meta({ description: '`import` for the file of `POST /imports`: at most 50 MiB, and needs `org.manage`.' }),
    }),
    raw: true,
    answers: { 201: StagedAttachment },
    reasons: ['limit_reached', 'digest_mismatch'],
    idempotency: 'key',
    dryRun: false,
    example: {
      raw: {
        headers: { 'content-type': 'text/plain', 'content-disposition': 'attachment; filename="log.txt"' },
        text: 'It stops at row 500.\n',
      },
    },
    verb: stageAttachment,
    input: ({ raw, query: { purpose } }) => new Upload(raw.headers, raw.bytes, purpose),
    answer: (body) => ({
      status: 201,
      body,
      headers: { location: `/api/v1/attachments/${body.id}/link` },
    }),
  }),
  staffRoute({
    id: 'linkAttachment',
    method: 'GET',
    path: '/api/v1/attachments/{attachmentId}/link',
    tag,
    summary: 'Get an address at which a file can be read',
    description:
      'For whoever reads the message that has the file. The address needs no credential, ends after ten minutes, and at once when the message is deleted or your right ends.',
    permission: { anyOf: LINKERS },
    check: 'resource',
    params: z.strictObject({ attachmentId: idSchema('tatt') }),
    answers: { 200: AttachmentLink },
    idempotency: 'natural',
    verb: linkAttachment,
    input: ({ params }) => params,
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    id: 'removeAttachment',
    method: 'DELETE',
    path: '/api/v1/tickets/{ticketId}/attachments/{attachmentId}',
    tag,
    summary: 'Take a file off its message',
    description:
      'By whoever uploaded it, as long as they may edit such a message, or with `ticket.edit_fields`. The bytes are deleted within the hour.',
    permission: { anyOf: ['ticket.edit_fields', 'ticket.reply_public', 'ticket.comment_internal'] },
    check: 'resource',
    params: z.strictObject({ ticketId: idSchema('tkt'), attachmentId: idSchema('tatt') }),
    answers: { 204: null },
    reasons: ['edit_window_over', 'team_not_on_ticket', 'ticket_merged'],
    idempotency: 'natural',
    verb: removeAttachment,
    input: ({ params }) => params,
    answer: () => ({ status: 204 }),
  }),
  publicRoute({
    id: 'readFile',
    method: 'GET',
    path: '/files/{token}',
    tag,
    summary: 'Read a file by its address',
    description:
      'The token is the only credential. Pictures are shown, everything else is a download; parts come by `Range`. Every token that opens nothing is the same 404.',
    permission: 'public',
    params: z.strictObject({
      token: z
        .string()
        .max(200)
        .meta({ examples: ['01kaz2m4f8e5rtt0m0v2g6yh3n.k…'] }),
    }),
    answers: { 200: null, 206: null, 416: null },
    idempotency: 'natural',
    async handle(kernel, { params, headers, env }) {
      const file = await openFile(kernel, String(params.token));
      const range = headers.get('if-range') ?? file.etag;
      const part = range === file.etag ? byteRangeOf(headers.get('range'), file.sizeBytes) : undefined;
      if (part === 'unsatisfiable')
        return { status: 416, headers: { ...file.headers, 'content-range': `bytes */${file.sizeBytes}` } };
      const stream = await file.read(fileStore(env), part);
      if (part === undefined) return { status: 200, stream, headers: file.headers };
      const contentRange = `bytes ${part.offset}-${part.offset + part.length - 1}/${file.sizeBytes}`;
      return { status: 206, stream, headers: { ...file.headers, 'content-range': contentRange } };
    },
  }),
];
