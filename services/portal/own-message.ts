import { and, eq, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketMessages } from '#schema/index.ts';
import type { Customer } from '#services/access/customer.ts';
import { notFound, type Permit, permitCustomer } from '#services/access/permit.ts';
import { filesFrom } from '#services/files/file-row.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import type { Loaded } from '#services/kernel/verb.ts';
import { type MessageInHand, messageColumns } from '#services/messages/message-queries.ts';
import { isWindowOver } from '#services/messages/permit-edit.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { one } from '#services/tickets/ticket-queries.ts';
import type { CustomerLoading } from './customer-verb.ts';
import { factsOf, type PortalRow, portalRow, portalSettings } from './portal-queries.ts';

export interface OwnMessageInput {
  ticketId: Id<'tkt'>;
  messageId: Id<'tmsg'>;
}

/** A public message of a ticket, and whether the conversation has gone on since; notes are none of it. */
export const loadOwnMessage = ({ ticketId, messageId }: OwnMessageInput, at: CustomerLoading) => ({
  ticket: portalRow(at, ticketId),
  found: one(
    statement(
      qb
        .select(messageColumns)
        .from(ticketMessages)
        .where(
          and(
            eq(ticketMessages.id, messageId),
            eq(ticketMessages.ticketId, ticketId),
            sql`${ticketMessages.audience} = 'public' and ${ticketMessages.deletedAt} is null`,
          ),
        ),
    ),
  ),
  rules: rows<{ minutes: number | null; answered: boolean }>(sql`
    select edit_window_minutes as minutes, exists (
      select from ticket_messages m join ticket_messages l on l.ticket_id = m.ticket_id and l.seq > m.seq
      where m.id = ${idToUuid(messageId)}::uuid and l.audience = 'public' and l.deleted_at is null) as answered
    from ticket_settings`),
  settings: portalSettings(),
});

/**
 * The customer's own message, as long as they may still write here, the window is open and nothing public came after it.
 * @throws ServiceError not_found; forbidden `reply_not_allowed`, `not_author`, `edit_window_over`; conflict `ticket_merged`.
 */
export function requireOwnMessage(
  { ticket, found, rules: [rules] }: Loaded<ReturnType<typeof loadOwnMessage>>,
  customer: Customer,
  now: Date,
): { permit: Permit; inHand: Pick<MessageInHand, 'before' | 'message' | 'files'> } {
  const permit = permitCustomer(customer, 'reply', factsOf(ticket));
  if (found === undefined || rules === undefined) throw notFound();
  const before = ticket as PortalRow;
  const { message } = found;
  const own =
    message.authorKind === 'customer' &&
    (message.authorPrincipalId === customer.principalId ||
      (customer.contactId !== null && message.authorContactId === customer.contactId));
  if (!own) throw new ServiceError('forbidden', 'This was written by somebody else.', { reason: 'not_author' });
  requireEditable(before, null);
  if (rules.answered || isWindowOver(message, rules.minutes, now)) {
    throw new ServiceError('forbidden', 'A message may be changed for some minutes, and until the next one.', {
      reason: 'edit_window_over',
    });
  }
  return { permit, inHand: { before, message, files: filesFrom(found.files) } };
}
