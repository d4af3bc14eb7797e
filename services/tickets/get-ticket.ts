import { isNotNull, sql } from 'drizzle-orm';
import type { Ticket } from '#schema/api/tickets.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { ticketDenial } from '#services/access/can.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitTicketView } from '#services/access/permit.ts';
import { visible } from '#services/access/visible.ts';
import { unchanged } from '#services/kernel/change.ts';
import { none, qb, statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { type LaterEntry, laterEntries, type Moment, type PastNames, pastNames, ticketAsOf } from './as-of.ts';
import { factsOf, one, type TicketRow, ticketById, ticketByNumber } from './ticket-queries.ts';
import { ticketView } from './ticket-view.ts';

export type GetTicketInput =
  | { ticketId: Id<'tkt'>; asOf?: Moment | undefined; deleted?: boolean | undefined }
  | { number: number };

/**
 * One ticket by id or by its number; as it was at a moment, under the rights of today; of the trash, for who may restore it.
 * @throws ServiceError not_found, the same for absent and invisible; unprocessable `history_too_long`.
 */
export const getTicket = defineRead({
  name: 'getTicket',
  permission: TICKET_VIEWS,
  load: (input: GetTicketInput, { auth }) => ({
    ...('ticketId' in input
      ? ticketById(input.ticketId, input.deleted ? isNotNull(tickets.deletedAt) : undefined)
      : ticketByNumber(input.number)),
    later: 'ticketId' in input ? laterEntries(input.ticketId, input.asOf) : none<LaterEntry>(),
    names: 'ticketId' in input ? pastNames(input.ticketId, input.asOf) : none<PastNames[number]>(),
    target: one(
      statementWith(
        auth,
        qb
          .select({ id: tickets.id })
          .from(tickets)
          .where(
            sql`${tickets.id} = (select s.merged_into_id from tickets s where ${
              'ticketId' in input ? sql`s.id = ${idToUuid(input.ticketId)}::uuid` : sql`s.number = ${input.number}`
            }) and ${visible()}`,
          ),
      ),
    ),
  }),
  decide(loaded, input, { authority }) {
    const facts = factsOf(loaded);
    const permit = permitTicketView(authority, facts);
    const inTrash = loaded.ticket?.ticket.deletedAt != null;
    if (inTrash && facts && ticketDenial(authority, 'ticket.restore', facts) !== undefined) throw notFound();
    const present = loaded.ticket as TicketRow;
    const row =
      'ticketId' in input && input.asOf !== undefined
        ? ticketAsOf(present, loaded.later, input.asOf, loaded.names)
        : present;
    const target = loaded.target?.id ?? null;
    const mergedInto = row.ticket.mergedIntoId === target ? target : null;
    return unchanged<Ticket>(permit, ticketView(row, authority, facts as NonNullable<typeof facts>, mergedInto));
  },
});
