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

/** The same of many tickets: those whose customer has written since. */
export function crossedRepliesQuery(read: Readonly<Record<Id<'tkt'>, number>>): Statement<ReadonlySet<string>> {
  const seen = Object.entries(read).map(([id, seq]) => ({ id: idToUuid(id as Id<'tkt'>), seq }));
  const query = rows<{ id: string }>(sql`
    select distinct public.to_typeid('tkt', m.ticket_id) as id
    from jsonb_to_recordset(${JSON.stringify(seen)}::jsonb) as seen (id uuid, seq integer)
    join ticket_messages m on m.ticket_id = seen.id and m.seq > seen.seq
    where m.audience = 'public' and m.author_kind = 'customer' and m.deleted_at is null`);
  return { ...query, read: (result) => new Set(query.read(result).map(({ id }) => id)) };
}

/** Nobody solves past a reply that they have not read. @throws ServiceError conflict `new_messages`. */
export function requireNoCrossedReply(crossed: boolean, messageSeq: number): void {
  if (!crossed) return;
  throw new ServiceError('conflict', 'The customer has written since you read the ticket.', {
    reason: 'new_messages',
    extra: { messageSeq },
  });
}
