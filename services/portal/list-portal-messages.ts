import { asc, type SQL, sql } from 'drizzle-orm';
import type { PortalMessage } from '#schema/api/portal.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketMessages } from '#schema/index.ts';
import { visibleToCustomer } from '#services/access/customer.ts';
import { permitCustomerView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { messageColumns } from '#services/messages/message-queries.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { factsOf, portalRow, portalSettings } from './portal-queries.ts';
import { portalMessage } from './portal-view.ts';

export interface ListPortalMessagesInput {
  ticketId: Id<'tkt'>;
  limit: number;
  cursor: string | undefined;
}

/**
 * The thread of a ticket as the customer sees it, oldest first: public messages that are there, also those of merged
 * tickets of the same requester that this customer sees. Another customer's words stay on the other customer's ticket.
 * @throws ServiceError not_found.
 */
export const listPortalMessages = defineCustomerVerb({
  name: 'listPortalMessages',
  load: (input: ListPortalMessagesInput, at) => {
    const id = sql`${idToUuid(input.ticketId)}::uuid`;
    const page = sql`${at.c},
      sources as materialized (
        select tickets.id from tickets join tickets target on target.id = ${id}
        where (tickets.id = ${id} or (tickets.merged_into_id = ${id}
            and (tickets.requester_contact_id = target.requester_contact_id or tickets.requester_principal_id = target.requester_principal_id)))
          and ${visibleToCustomer()}),
      page as materialized (
        select m.id from sources join ticket_messages m on m.ticket_id = sources.id
        where m.audience = 'public' and m.deleted_at is null ${after(at.keys, input)}
        order by m.created_at, m.id limit ${input.limit + 1})`;
    return {
      ticket: portalRow(at, input.ticketId),
      found: statementWith(
        page,
        qb
          .select(messageColumns)
          .from(ticketMessages)
          .where(sql`${ticketMessages.id} in (select id from page)`)
          .orderBy(asc(ticketMessages.createdAt), asc(ticketMessages.id)),
      ),
      settings: portalSettings(),
    };
  },
  decide({ ticket, found, settings }, input, { customer, keys }) {
    const permit = permitCustomerView(customer, factsOf(ticket));
    type Row = (typeof found)[number];
    const cursor = ({ message }: Row) =>
      writeCursor(keys, placeOf(input), [message.createdAt.getTime(), idToUuid(message.id)]);
    const view = (row: Row): PortalMessage => portalMessage(row, { customer, settings });
    return unchanged(permit, pageOf(found, input.limit, view, cursor));
  },
});

const placeOf = ({ ticketId }: ListPortalMessagesInput) => ({
  operation: 'listPortalMessages',
  sort: 'createdAt',
  filter: { ticket: idToUuid(ticketId) },
});

function after(keys: KeyRing, input: ListPortalMessagesInput): SQL {
  if (input.cursor === undefined) return sql``;
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`and (m.created_at, m.id) > (${new Date(Number(at)).toISOString()}::timestamptz, ${String(id)}::uuid)`;
}
