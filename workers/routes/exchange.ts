import * as z from 'zod';
import { StartedJob } from '#schema/api/bulk.ts';
import { CreateExportBody, CreateImportBody, EraseContactBody, ErasureStarted } from '#schema/api/exchange.ts';
import { idSchema } from '#schema/id-schema.ts';
import { eraseContact } from '#services/erasure/erase-contact.ts';
import { exportContact, startExport } from '#services/exchange/start-export.ts';
import { startImport } from '#services/exchange/start-import.ts';
import { started } from './contract.ts';
import { managing } from './directory-routes.ts';
import { staffRoute } from './route.ts';

const tag = 'exchange';
const contactPath = z.strictObject({ contactId: idSchema('contact') });

export const exchangeRoutes = [
  staffRoute({
    tag,
    id: 'startImport',
    method: 'POST',
    path: '/api/v1/imports',
    summary: 'Bring in contacts or organizations from a file',
    description:
      'NDJSON, one a line as an export writes it, or CSV (RFC 4180) with a first row of columns. Of contacts: `email`, `email2` …, `name`, `title`, `phone`, `externalId`, `avatarUrl`, `locale`, `timeZone`, `organizationExternalId`, `organizationDomain`. Of organizations: `name`, `externalId`, `website`, `notes`, `shareNewTickets`, `colleagueAccess`, `domain`, `domain2` …. Of both: `attributes.<key>`. One that exists is found by its external id, else by its first address or domain that is known. At most 100,000 lines. The job tells what became of each line. Addresses count as unproved.',
    permission: 'org.manage',
    check: 'workspace',
    body: CreateImportBody,
    answers: { 202: StartedJob },
    reasons: ['unknown_reference', 'invalid_field', 'limit_reached'],
    idempotency: 'key',
    verb: startImport,
    input: ({ body }) => body,
    answer: (body) => started(body, body.jobId),
  }),
  staffRoute({
    tag,
    id: 'startExport',
    method: 'POST',
    path: '/api/v1/exports',
    summary: 'Take out contacts, organizations or tickets',
    description:
      'All that you see: contacts and organizations with `org.export`, tickets where you hold `ticket.export`. The file is yours for 24 hours; its link comes from `/attachments/{attachmentId}/link` with the `resultAttachmentId` of the job. NDJSON can be brought in again as it is. In a CSV no cell starts a formula: those that would begin with an apostrophe.',
    permission: { anyOf: ['org.export', 'ticket.export'] },
    check: 'anywhere',
    body: CreateExportBody,
    answers: { 202: StartedJob },
    reasons: ['limit_reached'],
    idempotency: 'key',
    verb: startExport,
    input: ({ body }) => body,
    answer: (body) => started(body, body.jobId),
  }),
  staffRoute({
    tag: 'contacts',
    id: 'exportContact',
    method: 'POST',
    path: '/api/v1/contacts/{contactId}/export',
    summary: 'Take out all that is held on one person',
    description: 'Who they are, what they asked, wrote and rated. What others wrote about them is not theirs.',
    permission: 'org.export',
    check: 'resource',
    params: contactPath,
    answers: { 202: StartedJob },
    reasons: ['limit_reached'],
    idempotency: 'key',
    verb: exportContact,
    input: ({ params: { contactId: id } }) => ({ id }),
    answer: (body) => started(body, body.jobId),
  }),
  staffRoute({
    ...managing,
    tag: 'contacts',
    id: 'eraseContact',
    method: 'POST',
    path: '/api/v1/contacts/{contactId}/erase',
    summary: 'Erase a person',
    description:
      'Needs `admin.manage_users` as well. The contact and its logins are emptied at once; a job takes what they wrote and what was told of them out of tickets, history, mail and search. What others wrote about them stays as they wrote it. Erasing again changes nothing.',
    params: contactPath,
    body: EraseContactBody,
    answers: { 202: ErasureStarted },
    reasons: ['merged', 'member_active'],
    idempotency: 'key',
    verb: eraseContact,
    input: ({ params: { contactId: id }, body }) => ({ id, ...body }),
    answer: (body) => ({ status: 202, body }),
  }),
];
