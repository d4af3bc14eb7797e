import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { onlyIf, rows, type Statement } from '#services/kernel/query.ts';

/** Whether the customer has written after the message that the caller read last; never, when the caller does not ask. */
export function crossedReplyQuery(ticketId: Id<'tkt'>, expectMessageSeq: number | undefined): Statement<boolean> {
  const query = rows<{ crossed: boolean }>(sql`
    select exists (select from ticket_messages where ticket_id = ${idToUuid(ticketId)}::uuid and seq > ${expectMessageSeq ?? null}::integer
      and audience = 'public' and author_kind = 'customer' and deleted_at is null) as crossed`);
  return {
    ...onlyIf(expectMessageSeq !== undefined, query),
    read: (result) => query.read(result)[0]?.crossed === true,
  };
}

/** Nobody solves past a reply that they have not read. @throws ServiceError conflict `new_messages`. */
export function requireNoCrossedReply(crossed: boolean, messageSeq: number): void {
  if (!crossed) return;
  throw new ServiceError('conflict', 'The customer has written since you read the ticket.', {
    reason: 'new_messages',
    extra: { messageSeq },
  });
}
