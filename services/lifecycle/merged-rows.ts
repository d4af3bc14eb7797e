import { isNull, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { type Statement, statement } from '#services/kernel/query.ts';
import { selectTickets, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';

/** A ticket and what access to it depends on, in the trash or not. */
export const anyTicketById = (id: Id<'tkt'>) => ticketById(id, sql`true`);

/** The tickets that went into one, of those that meet the condition. */
export const mergedInto = (id: Id<'tkt'> | SQL, condition: SQL = isNull(tickets.deletedAt)): Statement<TicketRow[]> =>
  statement<TicketRow[]>(
    selectTickets().where(
      sql`${tickets.mergedIntoId} = ${typeof id === 'string' ? sql`${idToUuid(id)}::uuid` : id} and ${condition}`,
    ),
  ) as Statement<TicketRow[]>;
