import { CreateImportBody, StartedJob } from '#schema/api/exchange.ts';
import { startImport } from '#services/exchange/start-import.ts';
import { staffRoute } from './route.ts';

const tag = 'exchange';
const location = (jobId: string) => ({ location: `/api/v1/bulk-jobs/${jobId}` });

export const exchangeRoutes = [
  staffRoute({
    tag,
    id: 'startImport',
    method: 'POST',
    path: '/api/v1/imports',
    summary: 'Bring in contacts from a file',
    description:
      'NDJSON, one contact a line as an export writes it, or CSV (RFC 4180) with a first row of columns: `email`, `email2` …, `name`, `title`, `phone`, `externalId`, `avatarUrl`, `locale`, `timeZone`, `organizationExternalId`, `organizationDomain`, `attributes.<key>`. At most 100,000 lines. The job tells what became of each line. Addresses count as unproved.',
    permission: 'org.manage',
    check: 'workspace',
    body: CreateImportBody,
    answers: { 202: StartedJob },
    reasons: ['unknown_reference', 'invalid_field', 'limit_reached'],
    idempotency: 'key',
    verb: startImport,
    input: ({ body }) => body,
    answer: (body) => ({ status: 202, body, headers: location(body.jobId) }),
  }),
];
