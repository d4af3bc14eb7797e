import type * as z from 'zod';
import { apiKeyEvents } from './events/api-key-events.ts';
import { authIssuerEvents } from './events/auth-issuer-events.ts';
import { contactEvents } from './events/contact-events.ts';
import { inboxMembershipEvents } from './events/inbox-membership-events.ts';
import { invitationEvents } from './events/invitation-events.ts';
import { memberEvents } from './events/member-events.ts';
import { messageEvents } from './events/message-events.ts';
import { organizationEvents } from './events/organization-events.ts';
import { roleAssignmentEvents } from './events/role-assignment-events.ts';
import { roleEvents } from './events/role-events.ts';
import { slaEvents } from './events/sla-events.ts';
import { slaSetupEvents } from './events/sla-setup-events.ts';
import { teamEvents } from './events/team-events.ts';
import { ticketEvents } from './events/ticket-events.ts';
import { ticketPeopleEvents } from './events/ticket-people-events.ts';
import { ticketStatusEvents } from './events/ticket-status-events.ts';
import { webhookEvents } from './events/webhook-events.ts';

/** The one catalogue of events. REST docs, samples, pickers and tests come from it; emitting something else does not compile. */
export const EVENTS = {
  ...ticketEvents,
  ...ticketStatusEvents,
  ...messageEvents,
  ...ticketPeopleEvents,
  ...contactEvents,
  ...organizationEvents,
  ...slaEvents,
  ...slaSetupEvents,
  ...webhookEvents,
  ...roleEvents,
  ...roleAssignmentEvents,
  ...memberEvents,
  ...teamEvents,
  ...inboxMembershipEvents,
  ...apiKeyEvents,
  ...invitationEvents,
  ...authIssuerEvents,
};

export type EventType = keyof typeof EVENTS;

/** What a verb gives when it emits: parsed against the strict schema in the decision. */
export type EventPayload<T extends EventType> = z.input<(typeof EVENTS)[T]['payload']>;

export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

export const isEventType = (text: string): text is EventType => Object.hasOwn(EVENTS, text);
