import { and, eq, isNull } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { objectDeletions, ticketAttachments } from '#schema/index.ts';
import { ticketDenial } from '#services/access/can.ts';
import { notFound, permitTicket } from '#services/access/permit.ts';
import { eventFile } from '#services/files/file-row.ts';
import { event } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { causeOf, requireEditable } from '#services/tickets/edit-ticket.ts';
import { audienceOf } from '#services/tickets/new-message.ts';
import { one } from '#services/tickets/ticket-queries.ts';
import { touchMessage } from './change-message.ts';
import { messageOfFile, readableMessageOf } from './message-queries.ts';
import { permitEdit } from './permit-edit.ts';

/**
 * Takes a file off its message: whoever uploaded it as long as they may edit such a message, others with
 * `ticket.edit_fields`. Its object goes within the hour.
 * @throws ServiceError not_found, forbidden `edit_window_over`, conflict `ticket_merged`.
 */
export const removeAttachment = defineVerb({
  name: 'removeAttachment',
  permission: ['ticket.edit_fields', 'ticket.reply_public', 'ticket.comment_internal'],
  load: ({ ticketId, attachmentId }: { ticketId: Id<'tkt'>; attachmentId: Id<'tatt'> }) => ({
    ...messageOfFile(ticketId, attachmentId),
    file: one(
      statement(
        qb
          .select()
          .from(ticketAttachments)
          .where(
            and(
              eq(ticketAttachments.id, attachmentId),
              eq(ticketAttachments.ticketId, ticketId),
              isNull(ticketAttachments.deletedAt),
            ),
          ),
      ),
    ),
  }),
  decide(loaded, _input, by) {
    const inHand = readableMessageOf(loaded, by.authority);
    const { message, before, facts } = inHand;
    const { file } = loaded;
    if (file === undefined) throw notFound();
    const uploaded = by.authority.me.some((id) => idToUuid(id) === file.actorId);
    const byRight = !uploaded || ticketDenial(by.authority, 'ticket.edit_fields', facts) === undefined;
    const permit = byRight
      ? permitTicket(by.authority, 'ticket.edit_fields', facts)
      : permitEdit(by.authority, inHand, by.now, uploaded);
    requireEditable(before, null);
    const attachment = eventFile(file);
    return touchMessage({
      permit,
      inHand,
      cause: causeOf(by.authority),
      by,
      answer: null,
      audit: { action: 'ticket.attachment_removed', changes: { attachment: { id: file.id, messageId: message.id } } },
      activity: { type: 'attachment_removed', data: { messageId: message.id, attachmentId: file.id } },
      events: (ticket) => [
        event({
          type: 'ticket.attachment_removed',
          entity: message.ticketId,
          ...audienceOf(message),
          payload: { ticket, teamId: message.sharedTeamId, messageId: message.id, attachment },
        }),
      ],
      writes: [
        statement(qb.update(ticketAttachments).set({ deletedAt: by.now }).where(eq(ticketAttachments.id, file.id))),
        statement(
          qb.insert(objectDeletions).values({ storageKey: file.storageKey, notBefore: by.now }).onConflictDoNothing(),
        ),
      ],
    });
  },
});
