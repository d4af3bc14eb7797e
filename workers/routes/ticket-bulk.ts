import { BulkBody, BulkResults } from '#schema/api/bulk.ts';
import { changeTickets } from '#services/bulk/change-tickets.ts';
import { noAttempts } from '#services/bulk/decide-each.ts';
import { staffRoute } from './route.ts';

export const ticketBulkRoutes = [
  staffRoute({
    id: 'bulkTickets',
    method: 'POST',
    path: '/api/v1/tickets/bulk',
    tag: 'tickets',
    summary: 'Do one thing to many tickets',
    description:
      'Each ticket is decided as the operation on one decides it, and answered for itself: one refusal stops no other.',
    permission: 'ticket.bulk_operate',
    check: 'anywhere',
    body: BulkBody,
    example: { body: { ids: ['tkt_01h455vb4pex5vsknk084sn02q'], action: { type: 'priority', priority: 'high' } } },
    answers: { 200: BulkResults },
    idempotency: 'key',
    verb: changeTickets,
    input: ({ body }) => ({ ids: body.ids ?? [], action: body.action, attempts: noAttempts() }),
    answer: (body) => ({ status: 200, body }),
  }),
];
