import { and, eq, type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { EventFile } from '#schema/events/message-shapes.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketMessages, ticketSettings } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { notFound, permitTicketView } from '#services/access/permit.ts';
import { readsMessage } from '#services/access/reads-message.ts';
import { filesFrom, filesOfMessage } from '#services/files/file-row.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';
import { factsOf, type LoadedTicket, one, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';

export const messageColumns = { message: ticketMessages, files: filesOfMessage };

/** A message of a ticket, with the ticket and what access to both depends on. */
export const messageById = (ticketId: Id<'tkt'>, messageId: Id<'tmsg'>) =>
  messageWhere(ticketId, eq(ticketMessages.id, messageId));

/** The same of the message that has a file. */
export const messageOfFile = (ticketId: Id<'tkt'>, attachmentId: Id<'tatt'>) =>
  messageWhere(
    ticketId,
    sql`${ticketMessages.id} = (select message_id from ticket_attachments where id = ${idToUuid(attachmentId)}::uuid)`,
  );

const messageWhere = (ticketId: Id<'tkt'>, where: SQL) => ({
  ...ticketById(ticketId),
  found: one(
    statement(
      qb
        .select(messageColumns)
        .from(ticketMessages)
        .where(and(where, eq(ticketMessages.ticketId, ticketId))),
    ),
  ),
  settings: one(
    statement(qb.select({ editWindowMinutes: ticketSettings.editWindowMinutes }).from(ticketSettings).where(sql`true`)),
  ),
});

interface LoadedMessage extends LoadedTicket {
  found: { message: MessageRow; files: Parameters<typeof filesFrom>[0] } | undefined;
  settings: { editWindowMinutes: number | null } | undefined;
}

export interface MessageInHand {
  before: TicketRow;
  facts: TicketFacts;
  message: MessageRow;
  files: z.input<typeof EventFile>[];
  editWindowMinutes: number | null;
}

/** @throws ServiceError not_found: no such message under this ticket, deleted, or not for this reader. */
export function readableMessageOf(loaded: LoadedMessage, authority: Authority): MessageInHand {
  const { ticket: before, found, settings } = loaded;
  const facts = factsOf(loaded);
  permitTicketView(authority, facts);
  const readable =
    facts !== undefined &&
    found !== undefined &&
    found.message.deletedAt === null &&
    readsMessage(authority, facts, found.message);
  if (before === undefined || !readable) throw notFound();
  return {
    before,
    facts,
    message: found.message,
    files: filesFrom(found.files),
    editWindowMinutes: settings?.editWindowMinutes ?? null,
  };
}
