import type { tickets } from '#schema/tables/tickets.ts';

/** What the SLA engine reads of a ticket; a `tickets` row, or the row that a commit is about to leave, is one. */
export type SlaTicket = Pick<
  typeof tickets.$inferSelect,
  | 'id'
  | 'subject'
  | 'priority'
  | 'channel'
  | 'visibility'
  | 'statusId'
  | 'statusCategory'
  | 'requesterPrincipalId'
  | 'requesterContactId'
  | 'requesterAssurance'
  | 'organizationId'
  | 'inboxId'
  | 'inboxChannelId'
  | 'assigneePrincipalId'
  | 'assigneeTeamId'
  | 'primaryTeamId'
  | 'customFields'
  | 'customerWaitingSince'
  | 'firstResponseAt'
  | 'firstSolvedAt'
  | 'deletedAt'
  | 'mergedIntoId'
  | 'revision'
>;

/** Live, not merged, neither solved nor closed: the only tickets whose clocks may be open. */
export const isActive = (ticket: SlaTicket): boolean =>
  ticket.deletedAt === null && ticket.mergedIntoId === null && !isSettled(ticket);

export const isSettled = ({ statusCategory }: SlaTicket): boolean =>
  statusCategory === 'solved' || statusCategory === 'closed';

export const hasRequester = (ticket: SlaTicket): boolean =>
  ticket.requesterContactId !== null || ticket.requesterPrincipalId !== null;

/** Whose hours and whose reports: who works on it, else whose queue it is in. */
export const teamOf = (ticket: SlaTicket): SlaTicket['primaryTeamId'] => ticket.assigneeTeamId ?? ticket.primaryTeamId;
