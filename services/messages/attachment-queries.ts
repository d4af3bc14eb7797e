import { and, eq, isNull, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketAttachments, ticketMessages } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { type TicketFacts, ticketDenial } from '#services/access/can.ts';
import { notFound } from '#services/access/permit.ts';
import { readsMessage } from '#services/access/reads-message.ts';
import type { FileRow } from '#services/files/file-row.ts';
import { qb, statement } from '#services/kernel/query.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';
import { factsOf, type LoadedTicket, one, ticketQueries } from '#services/tickets/ticket-queries.ts';

/** A file that a message has, with message, ticket and what access to them depends on. */
export function attachmentById(id: Id<'tatt'>) {
  const ticketId = sql`(select ticket_id from ticket_attachments where id = ${idToUuid(id)}::uuid)`;
  return {
    ...ticketQueries(sql`tickets.id = ${ticketId}`, ticketId),
    attachment: one(
      statement(
        qb
          .select({ file: ticketAttachments, message: ticketMessages })
          .from(ticketAttachments)
          .innerJoin(ticketMessages, eq(ticketMessages.id, ticketAttachments.messageId))
          .where(
            and(
              eq(ticketAttachments.id, id),
              eq(ticketAttachments.state, 'attached'),
              isNull(ticketAttachments.deletedAt),
            ),
          ),
      ),
    ),
    exported: one(
      statement(
        qb
          .select()
          .from(ticketAttachments)
          .where(and(eq(ticketAttachments.id, id), eq(ticketAttachments.purpose, 'export'))),
      ),
    ),
  };
}

/** A file that a job took out: for whoever asked for it, until its end. */
export function exportedFileOf(
  { exported }: { exported: FileRow | undefined },
  { principalId, grants }: Authority,
  now: Date,
): FileRow | undefined {
  const ends = exported?.expiresAt ?? null;
  if (exported === undefined || ends === null || ends <= now) return undefined;
  const may = grants.some(({ key }) => key === 'org.export' || key === 'ticket.export');
  return may && exported.actorId === idToUuid(principalId) ? exported : undefined;
}

interface LoadedAttachment extends LoadedTicket {
  attachment: { file: FileRow; message: MessageRow } | undefined;
}

/** @throws ServiceError not_found: there is none, its message is deleted, or not for this reader. */
export function readableFileOf(
  loaded: LoadedAttachment,
  authority: Authority,
): { file: FileRow; message: MessageRow; facts: TicketFacts } {
  const facts = factsOf(loaded);
  const { attachment } = loaded;
  if (facts === undefined || attachment === undefined) throw notFound();
  const { message } = attachment;
  const gone = message.deletedAt !== null && ticketDenial(authority, 'ticket.restore', facts) !== undefined;
  if (gone || !readsMessage(authority, facts, message)) throw notFound();
  return { ...attachment, facts };
}
