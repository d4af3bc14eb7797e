import { and, eq, isNull, type SQL } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { ticketAttachments, ticketMessages, tickets } from '#schema/index.ts';
import { visibleToCustomer } from '#services/access/customer.ts';
import type { FileRow } from '#services/files/file-row.ts';
import { qb, type Statement, statementWith } from '#services/kernel/query.ts';
import { one } from '#services/tickets/ticket-queries.ts';

/**
 * A file of a public message that is there, on a ticket that the customer of the relation `c` sees. The link and the file
 * door ask for it alike, so a link lives exactly as long as the sight it was given for.
 */
export const customersFile = (c: SQL, id: Id<'tatt'>): Statement<FileRow | undefined> => {
  const found = one(
    statementWith(
      c,
      qb
        .select({ file: ticketAttachments })
        .from(ticketAttachments)
        .innerJoin(ticketMessages, eq(ticketMessages.id, ticketAttachments.messageId))
        .innerJoin(tickets, eq(tickets.id, ticketMessages.ticketId))
        .where(
          and(
            eq(ticketAttachments.id, id),
            eq(ticketAttachments.state, 'attached'),
            isNull(ticketAttachments.deletedAt),
            eq(ticketMessages.audience, 'public'),
            isNull(ticketMessages.deletedAt),
            visibleToCustomer(),
          ),
        ),
    ),
  );
  return { ...found, read: (result) => found.read(result)?.file };
};
