import { asc, eq } from 'drizzle-orm';
import type { MessageVersion } from '#schema/api/messages.ts';
import type { Id } from '#schema/ids.ts';
import { ticketMessageEdits } from '#schema/index.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { messageById, readableMessageOf } from './message-queries.ts';

/** Every text that a message had, the first one first and the present one last: for whoever reads the message. */
export const listMessageHistory = defineRead({
  name: 'listMessageHistory',
  permission: TICKET_VIEWS,
  load: ({ ticketId, messageId }: { ticketId: Id<'tkt'>; messageId: Id<'tmsg'> }) => ({
    ...messageById(ticketId, messageId),
    edits: statement(
      qb
        .select()
        .from(ticketMessageEdits)
        .where(eq(ticketMessageEdits.messageId, messageId))
        .orderBy(asc(ticketMessageEdits.revision)),
    ),
  }),
  decide(loaded, _input, { authority }) {
    const { message, facts } = readableMessageOf(loaded, authority);
    const versions = loaded.edits.map(
      (edit): MessageVersion => ({
        revision: edit.revision,
        body: edit.body,
        replacedAt: edit.editedAt.toISOString(),
        replacedBy: { kind: edit.actorKind, name: edit.actorLabel },
      }),
    );
    const present = { revision: message.revision, body: message.body, replacedAt: null, replacedBy: null };
    return unchanged(permitTicketView(authority, facts), { data: [...versions, present] });
  },
});
