import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { TicketMessage } from '#schema/api/tickets.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketMessages } from '#schema/index.ts';
import { ticketDenial } from '#services/access/can.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';
import { factsOf, ticketById } from '#services/tickets/ticket-queries.ts';
import { messageView } from './message-view.ts';

export interface ListMessagesInput {
  ticketId: Id<'tkt'>;
  limit: number;
  cursor: string | undefined;
}

/** The thread of a ticket in order, as far as the caller may read it: notes need `ticket.comment_internal`. */
export const listMessages = defineRead({
  name: 'listMessages',
  permission: TICKET_VIEWS,
  load: (input: ListMessagesInput, { keys }) => {
    const [seq] = input.cursor === undefined ? [0] : readCursor(keys, placeOf(input), input.cursor);
    return {
      ...ticketById(input.ticketId),
      found: statement(
        qb
          .select()
          .from(ticketMessages)
          .where(
            and(
              eq(ticketMessages.ticketId, input.ticketId),
              sql`${ticketMessages.seq} > ${Number(seq)}`,
              isNull(ticketMessages.deletedAt),
            ),
          )
          .orderBy(asc(ticketMessages.seq))
          .limit(input.limit + 1),
      ),
    };
  },
  decide(loaded, input, { authority, keys }) {
    const facts = factsOf(loaded);
    const permit = permitTicketView(authority, facts);
    const notes = facts !== undefined && ticketDenial(authority, 'ticket.comment_internal', facts) === undefined;
    const cursor = (message: MessageRow) => writeCursor(keys, placeOf(input), [message.seq]);
    const { data, page } = pageOf(loaded.found, input.limit, (message) => message, cursor);
    const readable = data.filter(
      (message) => message.audience === 'public' || (notes && message.audience === 'internal'),
    );
    return unchanged<{ data: TicketMessage[]; page: typeof page }>(permit, { data: readable.map(messageView), page });
  },
});

const placeOf = ({ ticketId }: ListMessagesInput) => ({
  operation: 'listMessages',
  sort: 'seq',
  filter: { ticket: idToUuid(ticketId) },
});
