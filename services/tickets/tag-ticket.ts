import type { Authority } from '#services/access/authority.ts';
import { permitTicket } from '#services/access/permit.ts';
import { type Deciding, defineVerb, type Loaded } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from './changed-since.ts';
import { causeOf, editTicket, requireEditable, type TicketEdit, type TicketEditInput } from './edit-ticket.ts';
import { factsOf, type TicketRow, ticketById } from './ticket-queries.ts';
import { applyTags, namedTags, type TagName } from './ticket-tags.ts';

export interface TagTicketInput extends TicketEditInput {
  add: readonly TagName[];
  remove: readonly TagName[];
}

const load = ({ ticketId, add, remove, ifMatch }: TagTicketInput) => ({
  ...ticketById(ticketId),
  since: changedSinceQuery(ticketId, ifMatch),
  known: namedTags([...add, ...remove]),
  slaConfig: slaConfigQuery(),
  slaState: slaStateQuery(ticketId),
});

/** The tagging as an edit; `from` is the row that other edits of the same commit have left. @throws as `tagTicket`. */
export function planTagging(
  loaded: Loaded<ReturnType<typeof load>>,
  { add, remove, ifMatch }: TagTicketInput,
  by: Deciding & { authority: Authority },
  from?: TicketRow,
): TicketEdit {
  const facts = factsOf(loaded);
  const permit = permitTicket(by.authority, 'ticket.edit_fields', facts);
  const before = from ?? (loaded.ticket as TicketRow);
  requireEditable(before, ifMatch, loaded.since, by.authority);
  const { tags, writes } = applyTags(before.tags, { add, remove }, loaded.known, by);
  return {
    permit,
    before,
    after: { ...before, tags },
    facts: facts as NonNullable<typeof facts>,
    cause: causeOf(by.authority),
    slaCause: 'fields',
    sla: { config: loaded.slaConfig, state: loaded.slaState },
    also: { writes },
    action: 'ticket.tagged',
  };
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
  load,
  decide: (loaded, input: TagTicketInput, by) => editTicket({ ...planTagging(loaded, input, by), by }),
});
