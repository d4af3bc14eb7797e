import { accessRoutes } from './access.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { attachmentRoutes } from './attachments.ts';
import { authIssuerRoutes } from './auth-issuers.ts';
import { contactRoutes } from './contacts.ts';
import { customerRoutes } from './customers.ts';
import { exchangeRoutes } from './exchange.ts';
import { healthRoutes } from './health.ts';
import { inboundGithubRoutes } from './inbound-github.ts';
import { invitationRoutes } from './invitations.ts';
import { macroRoutes } from './macros.ts';
import { meRoutes } from './me.ts';
import { memberRoutes } from './members.ts';
import { organizationRoutes } from './organizations.ts';
import { ratingRoutes } from './ratings.ts';
import { roleAssignmentRoutes } from './role-assignments.ts';
import { roleRoutes } from './roles.ts';
import type { Route } from './route.ts';
import { setupRoutes } from './setup.ts';
import { teamRoutes } from './teams.ts';
import { ticketBulkRoutes } from './ticket-bulk.ts';
import { ticketFieldRoutes } from './ticket-fields.ts';
import { ticketLifeRoutes } from './ticket-life.ts';
import { ticketLinkRoutes } from './ticket-links.ts';
import { ticketMessageRoutes } from './ticket-messages.ts';
import { ticketPeopleRoutes } from './ticket-people.ts';
import { ticketSetUpRoutes } from './ticket-set-up.ts';
import { ticketTagRoutes } from './ticket-tags.ts';
import { ticketRoutes } from './tickets.ts';
import { viewRoutes } from './views.ts';
import { webhookRoutes } from './webhooks.ts';
import { workspaceRoutes } from './workspace.ts';

/** Every route of the product, area by area. Router, document, docs, client and tests are made from this list. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...inboundGithubRoutes,
  ...setupRoutes,
  ...workspaceRoutes,
  ...meRoutes,
  ...apiKeyRoutes,
  ...roleRoutes,
  ...roleAssignmentRoutes,
  ...memberRoutes,
  ...teamRoutes,
  ...invitationRoutes,
  ...authIssuerRoutes,
  ...accessRoutes,
  ...ticketBulkRoutes,
  ...ticketRoutes,
  ...ticketLifeRoutes,
  ...ratingRoutes,
  ...ticketMessageRoutes,
  ...attachmentRoutes,
  ...ticketPeopleRoutes,
  ...ticketLinkRoutes,
  ...ticketTagRoutes,
  ...ticketFieldRoutes,
  ...ticketSetUpRoutes,
  ...contactRoutes,
  ...organizationRoutes,
  ...customerRoutes,
  ...viewRoutes,
  ...macroRoutes,
  ...exchangeRoutes,
  ...webhookRoutes,
];
