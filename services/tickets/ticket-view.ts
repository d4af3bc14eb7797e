import type { Ticket, TicketSummary } from '#schema/api/tickets.ts';
import type { TicketReference } from '#schema/events/ticket-reference.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsEverywhere, type TicketFacts, ticketDenial } from '#services/access/can.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import type { TicketRow } from './ticket-queries.ts';

const iso = (instant: Date | null): string | null => instant?.toISOString() ?? null;

/**
 * `mergedInto` is for who sees that ticket, which a change never tells: what was merged takes none. Without the authority of
 * who asks, no address is shown.
 */
export function ticketSummary(
  { ticket, status, requesterName, requesterEmail, assigneeName, tags }: TicketRow,
  authority: Authority | null,
  mergedInto: TicketRow['ticket']['mergedIntoId'] = null,
): TicketSummary {
  const requested = ticket.requesterContactId !== null || ticket.requesterPrincipalId !== null;
  return {
    id: ticket.id,
    number: ticket.number,
    subject: ticket.subject,
    status: { id: ticket.statusId, name: status.name, category: ticket.statusCategory },
    priority: ticket.priority,
    channel: ticket.channel,
    visibility: ticket.visibility,
    requester: requested
      ? {
          contactId: ticket.requesterContactId,
          principalId: ticket.requesterPrincipalId,
          name: requesterName,
          email: authority !== null && holdsEverywhere(authority, 'org.view') ? requesterEmail : null,
          assurance: ticket.requesterAssurance,
        }
      : null,
    assignee:
      ticket.assigneePrincipalId === null
        ? null
        : { principalId: ticket.assigneePrincipalId, name: assigneeName ?? '' },
    assigneeTeamId: ticket.assigneeTeamId,
    primaryTeamId: ticket.primaryTeamId,
    inboxId: ticket.inboxId,
    organizationId: ticket.organizationId,
    tags: [...tags],
    customFields: ticket.customFields as TicketSummary['customFields'],
    waitingSince: iso(ticket.customerWaitingSince),
    firstResponseAt: iso(ticket.firstResponseAt),
    slaNextDueAt: iso(ticket.slaNextDueAt),
    wakeAt: iso(ticket.wakeAt),
    solvedAt: iso(ticket.solvedAt),
    closedAt: iso(ticket.closedAt),
    reopenCount: ticket.reopenCount,
    messageSeq: ticket.messageSeq,
    mergedInto,
    lastActivityAt: ticket.lastActivityAt.toISOString(),
    createdAt: ticket.createdAt.toISOString(),
    updatedAt: ticket.updatedAt.toISOString(),
    version: ticket.version,
  };
}

/** The permissions on a ticket that this caller passes, by the check of the verbs themselves. */
const TICKET_PERMISSIONS: readonly Permission[] = PERMISSION_KEYS.filter(
  (key) => PERMISSIONS[key].resource === 'ticket' && !key.startsWith('ticket.view_'),
);

export const ticketView = (
  row: TicketRow,
  authority: Authority,
  facts: TicketFacts,
  mergedInto?: TicketRow['ticket']['mergedIntoId'],
): Ticket => ({
  ...ticketSummary(row, authority, mergedInto),
  can: TICKET_PERMISSIONS.filter((key) => ticketDenial(authority, key, facts) === undefined),
});

export const ticketReference = ({ ticket }: Pick<TicketRow, 'ticket'>, deskUrl: string): TicketReference => ({
  id: ticket.id,
  number: ticket.number,
  subject: ticket.subject,
  statusCategory: ticket.statusCategory,
  priority: ticket.priority,
  channel: ticket.channel,
  visibility: ticket.visibility,
  primaryTeamId: ticket.primaryTeamId,
  assigneeTeamId: ticket.assigneeTeamId,
  assigneePrincipalId: ticket.assigneePrincipalId,
  inboxId: ticket.inboxId,
  organizationId: ticket.organizationId,
  requesterContactId: ticket.requesterContactId,
  requesterPrincipalId: ticket.requesterPrincipalId,
  version: ticket.version,
  url: `${deskUrl}/tickets/${ticket.number}`,
});
