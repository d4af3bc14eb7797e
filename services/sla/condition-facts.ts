import type { ConditionFacts } from '#services/conditions/evaluate-condition.ts';
import type { MatchFacts } from './match-facts.ts';
import type { SlaTicket } from './sla-ticket.ts';

const CUSTOM_FIELD = 'ticket.field.';
const ATTRIBUTE = 'organization.attribute.';

/** Answers what condition trees ask about a ticket. */
export function conditionFacts(ticket: SlaTicket, about: MatchFacts): ConditionFacts {
  const own: Readonly<Record<string, unknown>> = {
    'ticket.subject': ticket.subject,
    'ticket.priority': ticket.priority,
    'ticket.channel': ticket.channel,
    'ticket.status_category': ticket.statusCategory,
    'ticket.visibility': ticket.visibility,
    'ticket.status': ticket.statusId,
    'ticket.inbox': ticket.inboxId,
    'ticket.inbox_channel': ticket.inboxChannelId,
    'ticket.primary_team': ticket.primaryTeamId,
    'ticket.assignee_team': ticket.assigneeTeamId,
    'ticket.assignee': ticket.assigneePrincipalId,
    'ticket.tags': about.tags,
    contact: ticket.requesterContactId,
    organization: ticket.organizationId,
    'organization.domain': about.organization?.domains,
    'requester.assurance': ticket.requesterAssurance,
    'requester.name': about.requester?.name,
    'requester.email': about.requester?.email,
    'requester.domain': about.requester?.email?.split('@').at(1),
    'requester.segments': about.requester?.segments,
  };
  return (field) => {
    if (field.startsWith(CUSTOM_FIELD)) return ticket.customFields[field.slice(CUSTOM_FIELD.length)];
    if (field.startsWith(ATTRIBUTE)) return about.organization?.attributes?.[field.slice(ATTRIBUTE.length)];
    return own[field];
  };
}

/** Whether a field that policies match by is another one now. Arrays count by their members. */
export const fieldMoved = (field: string, before: ConditionFacts, after: ConditionFacts): boolean =>
  JSON.stringify(before(field) ?? null) !== JSON.stringify(after(field) ?? null);
