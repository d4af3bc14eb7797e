import * as z from 'zod';
import { BulkBody, BulkItem, BulkJob, BulkResults } from '#schema/api/bulk.ts';
import { pageOf, pageQuery } from '#schema/api/shared.ts';
import { type TicketFilter, ticketFilterQuery } from '#schema/api/ticket-filter.ts';
import { idSchema } from '#schema/id-schema.ts';
import { BULK_ITEM_STATES, BULK_JOB_STATES } from '#schema/tables/bulk-jobs.ts';
import { cancelBulkJob } from '#services/bulk/cancel-bulk-job.ts';
import { changeTickets } from '#services/bulk/change-tickets.ts';
import { noAttempts } from '#services/bulk/decide-each.ts';
import { getBulkJob } from '#services/bulk/get-bulk-job.ts';
import { listBulkItems } from '#services/bulk/list-bulk-items.ts';
import { listBulkJobs } from '#services/bulk/list-bulk-jobs.ts';
import { JOB_READERS } from '#services/bulk/own-job.ts';
import { undoBulkJob } from '#services/bulk/undo-bulk-job.ts';
import { started } from './contract.ts';
import { staffRoute } from './route.ts';

const filterSchema = ticketFilterQuery({});
const filterOf = (text: Record<string, string>): TicketFilter => filterSchema.parse(text) as TicketFilter;

const ofJobs = { tag: 'tickets', permission: 'ticket.bulk_operate', check: 'anywhere' } as const;
const readsJobs = { ...ofJobs, permission: { anyOf: JOB_READERS } } as const;
const params = z.strictObject({ jobId: idSchema('bulk') });

export const ticketBulkRoutes = [
  staffRoute({
    ...ofJobs,
    id: 'bulkTickets',
    method: 'POST',
    path: '/api/v1/tickets/bulk',
    summary: 'Do one thing to many tickets',
    description:
      'Each ticket is decided as the operation on one decides it, and answered for itself: one refusal stops no other. Up to 50 ids are done at once, more or a filter by a job, which does what its macro says when it is asked for.',
    body: BulkBody,
    // 10,000 ids, each with the newest message that was read.
    bodyLimit: 1024 * 1024,
    example: { body: { ids: ['tkt_01h455vb4pex5vsknk084sn02q'], action: { type: 'priority', priority: 'high' } } },
    answers: { 200: BulkResults, 202: BulkJob },
    reasons: ['limit_reached'],
    idempotency: 'key',
    verb: changeTickets,
    input: ({ body }) => ({
      ids: body.ids,
      filter: body.filter && filterOf(body.filter),
      action: body.action,
      expectMessageSeq: body.expectMessageSeq,
      attempts: noAttempts(),
    }),
    answer: (outcome) => ('job' in outcome ? started(outcome.job, outcome.job.id) : { status: 200, body: outcome }),
  }),
  staffRoute({
    ...readsJobs,
    id: 'listBulkJobs',
    method: 'GET',
    path: '/api/v1/bulk-jobs',
    summary: 'List your jobs, newest first',
    query: z.strictObject({ state: z.enum(BULK_JOB_STATES).optional(), ...pageQuery() }),
    answers: { 200: pageOf(BulkJob) },
    idempotency: 'natural',
    verb: listBulkJobs,
    input: ({ query }) => ({ state: query.state, limit: query.limit, cursor: query.cursor }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...readsJobs,
    id: 'getBulkJob',
    method: 'GET',
    path: '/api/v1/bulk-jobs/{jobId}',
    summary: 'Read how far a job is',
    params,
    answers: { 200: BulkJob },
    idempotency: 'natural',
    verb: getBulkJob,
    input: (asked) => asked.params,
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...readsJobs,
    id: 'listBulkItems',
    method: 'GET',
    path: '/api/v1/bulk-jobs/{jobId}/items',
    summary: 'List what became of each ticket of a job',
    params,
    query: z.strictObject({ state: z.enum(BULK_ITEM_STATES).optional(), ...pageQuery() }),
    answers: { 200: pageOf(BulkItem) },
    idempotency: 'natural',
    verb: listBulkItems,
    input: ({ params: { jobId }, query }) => ({
      jobId,
      state: query.state,
      limit: query.limit,
      cursor: query.cursor,
    }),
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...readsJobs,
    id: 'cancelBulkJob',
    method: 'POST',
    path: '/api/v1/bulk-jobs/{jobId}/cancel',
    summary: 'End a job before its next chunk',
    params,
    answers: { 200: BulkJob },
    reasons: ['job_ended'],
    idempotency: 'key',
    verb: cancelBulkJob,
    input: (asked) => asked.params,
    answer: (body) => ({ status: 200, body }),
  }),
  staffRoute({
    ...ofJobs,
    id: 'undoBulkJob',
    method: 'POST',
    path: '/api/v1/bulk-jobs/{jobId}/undo',
    summary: 'Take back what a job changed',
    description:
      'Within 24 hours, in a job of its own. Only fields that nobody changed since go back; words stay said.',
    params,
    answers: { 202: BulkJob },
    reasons: ['not_undoable', 'limit_reached'],
    idempotency: 'key',
    verb: undoBulkJob,
    input: (asked) => asked.params,
    answer: ({ job }) => started(job, job.id),
  }),
];
