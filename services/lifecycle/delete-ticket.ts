import { permitTicket } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from '#services/tickets/changed-since.ts';
import { causeOf, requireEditable, type TicketEditInput } from '#services/tickets/edit-ticket.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { factsOf, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { mergedInto } from './merged-rows.ts';
import { type RowMove, rowChange } from './row-change.ts';

/** What a deletion does to a row. */
export const deletion = (now: Date): RowMove => ({
  set: { deletedAt: now },
  slaCause: 'deleted',
  action: 'ticket.deleted',
});

/**
 * Puts a ticket into the trash, with those that were merged into it. Its clocks end; nobody finds it any more.
 * @throws ServiceError not_found, forbidden, stale_version, conflict `ticket_merged`.
 */
export const deleteTicket = defineVerb({
  name: 'deleteTicket',
  permission: 'ticket.delete',

  load: ({ ticketId, ifMatch }: TicketEditInput) => ({
    ...ticketById(ticketId),
    since: changedSinceQuery(ticketId, ifMatch),
    sources: mergedInto(ticketId),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, { ifMatch }, by) {
    const permit = permitTicket(by.authority, 'ticket.delete', factsOf(loaded));
    const target = loaded.ticket as TicketRow;
    requireEditable(target, ifMatch, loaded.since, by.authority);
    const changes = [target, ...loaded.sources].map((before) => {
      // What was merged has no clock that runs.
      const sla = { config: loaded.slaConfig, state: before === target ? loaded.slaState : null };
      return rowChange({ ...deletion(by.now), permit, before, cause: causeOf(by.authority), sla }, by);
    });
    return change({ ...mergeChanges(changes), permit, answer: null, audit: changes[0]?.audit ?? null });
  },
});
