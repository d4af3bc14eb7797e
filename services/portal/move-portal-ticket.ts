import { sql } from 'drizzle-orm';
import type { PortalTicket } from '#schema/api/portal.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketStatuses } from '#schema/index.ts';
import type { Customer } from '#services/access/customer.ts';
import { permitCustomer } from '#services/access/permit.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import { statement } from '#services/kernel/query.ts';
import type { Deciding, Loaded } from '#services/kernel/verb.ts';
import { rowChange } from '#services/lifecycle/row-change.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { defaultStatuses, statusQuery } from '#services/tickets/intake-queries.ts';
import { statusMove } from '#services/tickets/status-machine.ts';
import { one } from '#services/tickets/ticket-queries.ts';
import type { CustomerLoading } from './customer-verb.ts';
import { factsOf, type PortalRow, portalRow, portalSettings } from './portal-queries.ts';
import { mayReopen, portalTicket } from './portal-view.ts';

export interface PortalMove {
  ticket: PortalTicket;
  /** False where it was so already. */
  changed: boolean;
}

export const loadMove = ({ ticketId }: { ticketId: Id<'tkt'> }, at: CustomerLoading) => ({
  found: portalRow(at, ticketId),
  defaults: defaultStatuses(),
  /** Where the ticket's inbox lets tickets begin. */
  begins: one(
    statement(
      statusQuery().where(sql`${ticketStatuses.category} = 'open' and ${ticketStatuses.deletedAt} is null and ${ticketStatuses.id} = (
        select i.default_status_id from tickets t join inboxes i on i.id = t.inbox_id where t.id = ${idToUuid(ticketId)}::uuid)`),
    ),
  ),
  settings: portalSettings(),
  slaConfig: slaConfigQuery(),
  slaState: slaStateQuery(ticketId),
});

/** The requester's own move of a ticket, to the default of a category; where it is already, nothing is written. */
export function decideMove(
  { found, defaults, begins, settings, slaConfig, slaState }: Loaded<ReturnType<typeof loadMove>>,
  to: 'solved' | 'open',
  by: Deciding & { customer: Customer },
): Decision<PortalMove> {
  const permit = permitCustomer(by.customer, 'own', factsOf(found));
  const before = found as PortalRow;
  const { ticket, portal } = before;
  const view = (row: PortalRow) => portalTicket(row, { ...by, settings });
  if (ticket.statusCategory === 'closed') throw closed('The request is closed. Write a new one.');
  if (to === 'solved' ? ticket.statusCategory === 'solved' : ticket.isActive)
    return unchanged(permit, { ticket: view(before), changed: false });
  if (to === 'open' && !mayReopen(before, by.now)) throw closed('The time to reopen the request is over.');
  const status = (to === 'open' ? begins : undefined) ?? defaults.find(({ category }) => category === to);
  if (status === undefined) throw new TypeError(`no default status of category ${to}`);
  const moved = rowChange(
    {
      permit,
      before,
      set: statusMove(ticket, status, by.now),
      status: { name: status.name, publicLabel: status.publicLabel },
      cause: 'customer',
      slaCause: 'status',
      sla: { config: slaConfig, state: slaState },
      action: 'ticket.status_changed',
    },
    by,
  );
  // A reopened ticket begins another cycle, which nobody has rated.
  const after = { ...moved.answer, portal: to === 'open' ? { ...portal, rating: null } : portal };
  return {
    ...moved,
    holds: [holdStatus(status.id), ...moved.holds],
    answer: { ticket: view(after), changed: true },
  };
}

const closed = (detail: string): ServiceError => new ServiceError('conflict', detail, { reason: 'ticket_closed' });
