import type { TicketAction } from '#schema/api/bulk.ts';
import type { Ticket } from '#schema/api/tickets.ts';
import type { Authority } from '#services/access/authority.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { joinPermits, permitTicketView } from '#services/access/permit.ts';
import type { Decision } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { causeOf, editTicket } from '#services/tickets/edit-ticket.ts';
import { factsOf, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { joinEdits, type LoadedForActions, planActions, withBeside } from './plan-actions.ts';

/** Several actions on a ticket in one commit, without a word. @throws ServiceError as the first that is refused. */
export function makeActions(
  actions: readonly TicketAction[],
  loaded: LoadedForActions,
  by: Deciding & { authority: Authority },
): Decision<Ticket> {
  const facts = factsOf(loaded);
  const seen = permitTicketView(by.authority, facts);
  const plan = planActions(actions, loaded, by);
  const [refused] = plan.refusals;
  if (refused !== undefined) throw refused.error;
  const cause = causeOf(by.authority);
  const edited = editTicket({
    ...joinEdits(plan, by.now),
    permit: joinPermits(
      seen,
      plan.edits.map(({ permit }) => permit),
    ),
    before: loaded.ticket as TicketRow,
    facts: facts as TicketFacts,
    cause,
    sla: { config: loaded.slaConfig, state: loaded.slaState },
    action: 'ticket.updated',
    by,
  });
  return withBeside(edited, plan, cause);
}
