import type { TicketMessage } from '#schema/api/tickets.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';

export const messageView = (message: MessageRow): TicketMessage => ({
  id: message.id,
  ticketId: message.ticketId,
  seq: message.seq,
  audience: message.audience,
  author: {
    kind: message.authorKind,
    principalId: message.authorPrincipalId,
    contactId: message.authorContactId,
    name: message.authorName,
  },
  via: message.via,
  isOpening: message.isOpening,
  countsAsResponse: message.countsAsResponse,
  body: message.body,
  createdAt: message.createdAt.toISOString(),
});
