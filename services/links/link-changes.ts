import type { Authority } from '#services/access/authority.ts';
import type { Permit } from '#services/access/permit.ts';
import { type ActivityDraft, type Change, change, event, type RootWrite } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { causeOf } from '#services/tickets/edit-ticket.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { touchTicket } from '#services/tickets/touch-ticket.ts';
import type { LinkRow } from './link-queries.ts';

/** A link made or ended: told on both tickets, under the guards of both. */
export function changeLink<Output>(telling: {
  permit: Permit;
  link: LinkRow;
  /** The ticket that was asked about first. */
  ends: readonly [TicketRow, TicketRow];
  ended: boolean;
  write: Statement;
  /** Tickets further up, whose place the decision leans on. */
  roots?: readonly RootWrite[];
  by: Deciding & { authority: Authority };
  answer: Output;
}): Change<Output> {
  const { permit, link, ends, ended, write, by } = telling;
  const type = ended ? 'ticket.unlinked' : 'ticket.linked';
  const told = ends.map((before, i) => {
    const { id } = before.ticket;
    const direction = link.sourceId === id ? ('source' as const) : ('target' as const);
    const otherId = direction === 'source' ? link.targetId : link.sourceId;
    const point = { linkId: link.id, kind: link.kind, direction, otherId };
    const activity: ActivityDraft = {
      ticketId: id,
      revision: before.ticket.revision + 1,
      version: null,
      type: ended ? 'unlinked' : 'linked',
      audience: 'internal',
      cause: causeOf(by.authority),
      data: { changes: [{ field: 'link', from: ended ? point : null, to: ended ? null : point }] },
    };
    return touchTicket({
      permit,
      before,
      writes: i === 0 ? [write] : [],
      activity,
      events: (ticket) => [event({ type, entity: ticket.id, audience: 'internal', payload: { ticket, ...point } })],
      action: type,
      by,
      answer: null,
    });
  });
  const parts = mergeChanges(told);
  return change({
    ...parts,
    permit,
    answer: telling.answer,
    roots: [...parts.roots, ...(telling.roots ?? [])],
    audit: told[0]?.audit ?? null,
  });
}
