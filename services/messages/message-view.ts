import type * as z from 'zod';
import type { Attachment, TicketMessage } from '#schema/api/tickets.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';

const iso = (instant: Date | null): string | null => instant?.toISOString() ?? null;

/** A message as its readers see it. A deleted one is a tombstone, but for those who may restore. */
export function messageView(
  message: MessageRow,
  files: z.input<typeof Attachment>[],
  mayRestore = false,
): TicketMessage {
  const gone = message.deletedAt !== null && !mayRestore;
  return {
    id: message.id,
    ticketId: message.ticketId,
    seq: message.seq,
    audience: message.audience,
    sharedTeamId: message.sharedTeamId,
    author: {
      kind: message.authorKind,
      principalId: message.authorPrincipalId,
      contactId: message.authorContactId,
      name: message.authorName,
    },
    via: message.via,
    isOpening: message.isOpening,
    countsAsResponse: message.countsAsResponse,
    body: gone ? null : message.body,
    attachments: gone ? [] : files,
    revision: message.revision,
    editedAt: iso(message.editedAt),
    redactedAt: iso(message.redactedAt),
    deletedAt: iso(message.deletedAt),
    createdAt: message.createdAt.toISOString(),
  };
}
