import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { CreateTicketStatusBody } from '#schema/api/ticket-statuses.ts';
import { ServiceError } from '#schema/errors.ts';
import { newId } from '#schema/ids.ts';
import { ticketStatuses } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { requireFree, takenQuery } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { permitStatuses, type StatusRow, statusPayload, statusView } from './status-queries.ts';

/** Of all categories; enough for any desk, few enough to be shown in one menu. */
const MOST_STATUSES = 200;

/** Makes a status. @throws ServiceError forbidden; conflict `name_taken`; unprocessable `limit_reached`. */
export const createTicketStatus = defineVerb({
  name: 'createTicketStatus',
  permission: 'ticket_status.manage',
  load: ({ slug }: z.output<typeof CreateTicketStatusBody>) => ({
    taken: takenQuery(sql`select from ticket_statuses where slug = ${slug} and deleted_at is null`),
    present: statement(qb.select({ deletedAt: ticketStatuses.deletedAt }).from(ticketStatuses)),
  }),
  decide({ present, taken }, input, { authority, now, ids }) {
    const permit = permitStatuses(authority);
    if (present.filter(({ deletedAt }) => deletedAt === null).length >= MOST_STATUSES) {
      throw new ServiceError('unprocessable', `A workspace has at most ${MOST_STATUSES} statuses.`, {
        reason: 'limit_reached',
      });
    }
    requireFree(taken);
    const status: StatusRow = {
      ...input,
      id: newId(ids, 'tstat'),
      publicLabel: input.publicLabel ?? null,
      isDefault: false,
      isSystem: false,
      deletedAt: null,
      createdAt: now,
      updatedAt: now,
      version: 1,
      revision: 1,
      eventSeq: 0,
    };
    return change({
      permit,
      answer: statusView(status),
      roots: [{ kind: 'insert', table: ticketStatuses, row: status }],
      audit: {
        action: 'ticket_status.created',
        target: { type: 'ticket_status', id: status.id, label: status.name },
        changes: { name: [null, status.name], category: [null, status.category] },
      },
      events: [
        event({
          type: 'ticket_status.created',
          entity: status.id,
          audience: 'internal',
          payload: { status: statusPayload(status) },
        }),
      ],
    });
  },
});
