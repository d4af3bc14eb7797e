import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { type Permit, permitTicket } from '#services/access/permit.ts';
import { onlyIf } from '#services/kernel/query.ts';
import { type Deciding, defineVerb, type Loaded } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from './changed-since.ts';
import { crossedReplyQuery, requireNoCrossedReply } from './crossed-reply.ts';
import { causeOf, editTicket, requireEditable, type TicketEdit, type TicketEditInput } from './edit-ticket.ts';
import { heldForMove } from './hold-status.ts';
import { defaultStatuses, statusById } from './intake-queries.ts';
import { requiredOnSolve, requireSolvable } from './required-on-solve.ts';
import { type Status, type StatusCategory, statusMove } from './status-machine.ts';
import { factsOf, type TicketRow, ticketById } from './ticket-queries.ts';
import { wakeTime } from './wake-time.ts';

export interface TransitionTicketInput extends TicketEditInput {
  to: { statusId: Id<'tstat'> } | { category: StatusCategory };
  /** For what waits: when it opens by itself. */
  wakeAt?: string | null | undefined;
  /** The newest message that the caller has read; a later one by the customer is in the way. */
  expectMessageSeq?: number | undefined;
}

const load = ({ ticketId, to, ifMatch, expectMessageSeq }: TransitionTicketInput) => ({
  ...ticketById(ticketId),
  since: changedSinceQuery(ticketId, ifMatch),
  crossed: crossedReplyQuery(ticketId, expectMessageSeq),
  named: statusById('statusId' in to ? to.statusId : undefined),
  defaults: onlyIf('category' in to, defaultStatuses()),
  required: requiredOnSolve(),
  slaConfig: slaConfigQuery(),
  slaState: slaStateQuery(ticketId),
});

export type LoadedTransition = Loaded<ReturnType<typeof load>>;

/** A move that passed every check but those of the message that may come with it. */
export interface Transition {
  permit: Permit;
  facts: TicketFacts;
  before: TicketRow;
  status: Status;
  wakeAt: Date | null;
}

/** @throws ServiceError as `transitionTicket`. */
export function checkTransition(
  loaded: LoadedTransition,
  { to, ifMatch, wakeAt: wanted }: TransitionTicketInput,
  { authority, now }: Deciding & { authority: Authority },
  from?: TicketRow,
): Transition {
  const facts = factsOf(loaded);
  const permit = permitTicket(authority, 'ticket.change_status', facts);
  const before = from ?? (loaded.ticket as TicketRow);
  requireEditable(before, ifMatch, loaded.since, authority);
  const status = 'category' in to ? loaded.defaults.find(({ category }) => category === to.category) : loaded.named;
  if (status === undefined) {
    throw new ServiceError('unprocessable', 'There is no such status, or it was deleted.', {
      reason: 'status_deleted',
    });
  }
  const wakeAt = wakeTime(wanted, status, now);
  requireNoCrossedReply(loaded.crossed, before.ticket.messageSeq);
  requireSolvable(before, status, loaded.required);
  return { permit, facts: facts as TicketFacts, before, status, wakeAt };
}

/** The move as an edit; `from` is the row that other edits of the same commit have left. @throws as `transitionTicket`. */
export function planTransition(
  loaded: LoadedTransition,
  input: TransitionTicketInput,
  by: Deciding & { authority: Authority },
  from?: TicketRow,
): TicketEdit {
  const { permit, facts, before, status, wakeAt } = checkTransition(loaded, input, by, from);
  const { ticket } = before;
  return {
    permit,
    before,
    after: {
      ...before,
      ticket: { ...ticket, ...statusMove(ticket, status, by.now, wakeAt) },
      status: { name: status.name, publicLabel: status.publicLabel },
    },
    facts,
    cause: causeOf(by.authority),
    slaCause: 'status',
    sla: { config: loaded.slaConfig, state: loaded.slaState },
    holds: heldForMove(ticket.statusId, status.id),
    action: 'ticket.status_changed',
  };
}

/**
 * Moves a ticket to a status, or to the default of a category, until a time if it is to wake. Any category may follow any.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, `new_messages`, stale_version, unprocessable
 *   `status_deleted`, `wake_at_past`, `out_of_range`, `missing_fields`.
 */
export const transitionTicket = defineVerb({
  name: 'transitionTicket',
  permission: 'ticket.change_status',
  load,
  decide: (loaded, input: TransitionTicketInput, by) => editTicket({ ...planTransition(loaded, input, by), by }),
});
