import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { ticketParticipants } from '#schema/index.ts';
import { type Change, event } from '#services/kernel/change.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { rebuildSearch } from '#services/search/search-docs.ts';
import { eventMessage, insertMessage, messageInstant, newMessage } from '#services/tickets/new-message.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { byName } from '#services/tickets/ticket-tags.ts';
import { type RowChange, rowChange } from './row-change.ts';

/** What the target gets of a merge: tags, staff who follow, the earliest waiting, a line in its thread that says so. */
export function takeIn(
  target: TicketRow,
  sources: readonly TicketRow[],
  { addRequesters, ...shared }: Omit<RowChange, 'before' | 'set'> & { addRequesters: boolean },
  by: Deciding,
): Change<TicketRow> {
  const { ticket } = target;
  const sourceIds = sources.map((source) => source.ticket.id);
  const message = newMessage(by.ids, {
    ticketId: ticket.id,
    seq: ticket.messageSeq + 1,
    audience: 'internal',
    author: { kind: 'system', principalId: null, contactId: null, name: 'Mallard' },
    via: 'system',
    isOpening: false,
    countsAsResponse: false,
    body: `Merged into this ticket: ${sources.map((source) => `#${source.ticket.number}`).join(', ')}.`,
    createdAt: messageInstant(by.now, ticket.lastMessageAt),
  });
  const tags = [...new Map([target, ...sources].flatMap((row) => row.tags).map((tag) => [tag.id, tag])).values()];
  return rowChange(
    {
      ...shared,
      before: target,
      set: {
        messageSeq: message.seq,
        lastMessageAt: message.createdAt,
        customerWaitingSince: earliestWaiting(target, sources),
      },
      tags: tags.sort(byName),
      events: (reference) => [
        event({
          type: 'ticket.message_added',
          entity: ticket.id,
          audience: 'internal',
          payload: { ticket: reference, message: eventMessage(message, []), teamId: null },
        }),
        event({
          type: 'ticket.merged',
          entity: ticket.id,
          audience: 'internal',
          payload: { ticket: reference, sourceIds, targetId: ticket.id },
        }),
      ],
      activity: [
        {
          ticketId: ticket.id,
          revision: ticket.revision + 1,
          version: null,
          type: 'merged',
          audience: 'internal',
          cause: 'merge',
          data: { sourceIds },
        },
      ],
      writes: [
        insertMessage(message),
        followAlong(ticket.id, sourceIds),
        ...(addRequesters ? requestersAsCc(target, sources, by) : []),
      ],
    },
    by,
  );
}

/** Runs after every row of the merge is written, so it reads what the documents are to hold. */
export const mergedDocs = (target: Id<'tkt'>, sources: readonly Id<'tkt'>[]): Statement =>
  rebuildSearch([target, ...sources]);

function earliestWaiting({ ticket }: TicketRow, sources: readonly TicketRow[]): Date | null {
  if (!ticket.isActive) return ticket.customerWaitingSince;
  const waits = [ticket, ...sources.map((source) => source.ticket)].flatMap((each) => each.customerWaitingSince ?? []);
  return waits.length === 0 ? null : new Date(Math.min(...waits.map((at) => at.getTime())));
}

const idList = (ids: readonly Id<'tkt'>[]): SQL => sql`${`{${ids.map(idToUuid).join(',')}}`}::uuid[]`;

/** Members who follow a source follow the target, as they did; who has said what to hear of the target is left alone. */
const followAlong = (target: Id<'tkt'>, sources: readonly Id<'tkt'>[]): Statement =>
  run(sql`insert into ticket_subscriptions (ticket_id, principal_id, notify_messages, notify_status, notify_assignment,
      notify_fields, notify_sla, notify_participants, notify_shares, muted_at, muted_until, source)
    select distinct on (s.principal_id) ${idToUuid(target)}::uuid, s.principal_id, s.notify_messages, s.notify_status,
      s.notify_assignment, s.notify_fields, s.notify_sla, s.notify_participants, s.notify_shares, s.muted_at, s.muted_until, s.source
    from ticket_subscriptions s join principal p on p.id = s.principal_id and p.member_state = 'active'
    where s.ticket_id = any (${idList(sources)}) and s.unsubscribed_at is null
    order by s.principal_id, s.created_at
    on conflict do nothing`);

function requestersAsCc({ ticket }: TicketRow, sources: readonly TicketRow[], by: Deciding): Statement[] {
  const values = sources.flatMap(({ ticket: { requesterContactId: contactId, requesterPrincipalId: login } }) => {
    const principalId = contactId === null ? login : null;
    const isRequester = contactId === ticket.requesterContactId && login === ticket.requesterPrincipalId;
    if (isRequester || (contactId === null && principalId === null)) return [];
    const cc = { ticketId: ticket.id, role: 'cc', actorKind: 'system', createdAt: by.now } as const;
    return [{ id: newId(by.ids, 'tpart'), ...cc, contactId, principalId }];
  });
  return values.length === 0 ? [] : [statement(qb.insert(ticketParticipants).values(values).onConflictDoNothing())];
}
