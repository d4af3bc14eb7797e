import { permitTicket } from '#services/access/permit.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { causeOf, editTicket, requireEditable, type TicketEditInput } from './edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from './ticket-queries.ts';
import { applyTags, namedTags, type TagName } from './ticket-tags.ts';

export interface TagTicketInput extends TicketEditInput {
  add: readonly TagName[];
  remove: readonly TagName[];
}

/**
 * Adds and removes tags, by id or name; a name that is new becomes a tag.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, stale_version, unprocessable
 *   `unknown_reference`, `limit_reached`.
 */
export const tagTicket = defineVerb({
  name: 'tagTicket',
  permission: 'ticket.edit_fields',
  retryOn: ['ticket_tags_name_key'],

  load: ({ ticketId, add, remove }: TagTicketInput) => ({
    ...ticketById(ticketId),
    known: namedTags([...add, ...remove]),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, { add, remove, ifMatch }, by) {
    const facts = factsOf(loaded);
    const permit = permitTicket(by.authority, 'ticket.edit_fields', facts);
    const before = loaded.ticket as TicketRow;
    requireEditable(before, ifMatch);
    const { tags, writes } = applyTags(before.tags, { add, remove }, loaded.known, by);
    return editTicket({
      permit,
      before,
      after: { ...before, tags },
      facts: facts as NonNullable<typeof facts>,
      cause: causeOf(by.authority),
      slaCause: 'fields',
      sla: { config: loaded.slaConfig, state: loaded.slaState },
      also: { writes },
      action: 'ticket.tagged',
      by,
    });
  },
});
