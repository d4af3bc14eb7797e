import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { STATUS_CATEGORIES, TICKET_CHANNELS, TICKET_PRIORITIES, TICKET_VISIBILITIES } from '../values.ts';

/** The ticket as every event about it carries it: enough to route and filter without a call back. */
export const TicketReference = z.strictObject({
  id: idSchema('tkt'),
  number: z.int().positive(),
  subject: z.string(),
  statusCategory: z.enum(STATUS_CATEGORIES),
  priority: z.enum(TICKET_PRIORITIES),
  channel: z.enum(TICKET_CHANNELS),
  visibility: z.enum(TICKET_VISIBILITIES),
  primaryTeamId: idSchema('team').nullable(),
  assigneeTeamId: idSchema('team').nullable(),
  assigneePrincipalId: idSchema('prin').nullable(),
  inboxId: idSchema('inbox').nullable(),
  organizationId: idSchema('org').nullable(),
  requesterContactId: idSchema('contact').nullable(),
  requesterPrincipalId: idSchema('prin').nullable(),
  version: z.int().positive(),
  url: z.string(),
});

export type TicketReference = z.output<typeof TicketReference>;

export const SAMPLE_TICKET = {
  id: 'tkt_01kaz2m4f8e5rtt0m0v2g6yh3c',
  number: 1042,
  subject: 'Cannot sign in since this morning',
  statusCategory: 'open',
  priority: 'normal',
  channel: 'email',
  visibility: 'team',
  primaryTeamId: 'team_01kaz2m4f8e5rtt0m0v2g6yh3d',
  assigneeTeamId: null,
  assigneePrincipalId: null,
  inboxId: 'inbox_01kaz2m4f8e5rtt0m0v2g6yh3e',
  organizationId: null,
  requesterContactId: 'contact_01kaz2m4f8e5rtt0m0v2g6yh3f',
  requesterPrincipalId: null,
  version: 1,
  url: 'https://desk.example.com/tickets/1042',
} as const satisfies z.input<typeof TicketReference>;
