import type { ACCESS_LEVELS, SCOPE_KINDS, ValueOf } from '#schema/values.ts';

type ScopeKind = ValueOf<typeof SCOPE_KINDS>;

export interface PermissionEntry {
  category: string;
  /** What the permission is checked on. */
  resource: string;
  /** Where it can be granted; granted elsewhere it is inert. */
  scopeKinds: readonly ScopeKind[];
  /** The least level of access to a ticket that it needs, over and above being held. */
  level: ValueOf<typeof ACCESS_LEVELS> | null;
  /** All that it brings along at the same scope, closed: what those imply stands here too. */
  implies: readonly string[];
  /** Takes data out of the desk or power into it: shown as such before it is granted. */
  sensitive: boolean;
  description: string;
}

type Options = Partial<Pick<PermissionEntry, 'level' | 'implies' | 'sensitive'>>;

const W: readonly ScopeKind[] = ['workspace'];
const WT: readonly ScopeKind[] = ['workspace', 'team'];
const WI: readonly ScopeKind[] = ['workspace', 'inbox'];
const WTI: readonly ScopeKind[] = ['workspace', 'team', 'inbox'];

const entry =
  (category: string, resource: string) =>
  (scopeKinds: readonly ScopeKind[], description: string, options: Options = {}): PermissionEntry => ({
    category,
    resource,
    scopeKinds,
    level: null,
    implies: [],
    sensitive: false,
    description,
    ...options,
  });

const ticket = entry('Tickets', 'ticket');
const setUp = entry('Ticket set-up', 'set-up');
const crm = entry('Contacts and organizations', 'contact, organization');
const sla = entry('SLA', 'SLA set-up');
const inbox = entry('Inboxes and routing', 'inbox');
const team = entry('Teams', 'team');
const audit = entry('Audit', 'audit event');
const webhook = entry('Webhooks and integrations', 'webhook');
const integration = entry('Webhooks and integrations', 'integration');
const segment = entry('Audiences', 'segment');
const attribute = entry('Audiences', 'user attribute');
const changelog = entry('Content', 'changelog');
const helpCenter = entry('Content', 'help center');
const portal = entry('Content', 'setting');
const widget = entry('Widget and chat', 'widget');
const chat = entry('Widget and chat', 'conversation');
const admin = (resource: string) => entry('Administration', resource);

const catalogue = {
  'ticket.view_all': ticket(WTI, 'See every ticket, private ones too.', {
    level: 'read',
    implies: ['ticket.view_team', 'ticket.view_shared', 'ticket.view_assigned'],
  }),
  'ticket.view_team': ticket(WTI, 'See the tickets of own teams and inboxes, and those that nobody owns.', {
    level: 'read',
    implies: ['ticket.view_shared', 'ticket.view_assigned'],
  }),
  'ticket.view_shared': ticket(WT, 'See tickets that other teams share with own teams, or with everybody.', {
    level: 'read',
    implies: ['ticket.view_assigned'],
  }),
  'ticket.view_assigned': ticket(WTI, 'See tickets that one is assigned to, has filed or takes part in.', {
    level: 'read',
  }),
  'ticket.create': entry('Tickets', 'team, inbox')(WTI, 'File tickets.'),
  'ticket.edit_fields': ticket(
    WTI,
    'Change subject, priority, requester, organization, fields, tags, links and files.',
    {
      level: 'full',
    },
  ),
  'ticket.change_status': ticket(WTI, 'Change the status of tickets.', { level: 'full' }),
  'ticket.reply_public': ticket(WTI, 'Write messages that the customer reads.', { level: 'full' }),
  'ticket.comment_internal': ticket(WTI, 'Read and write internal notes.', { level: 'comment' }),
  'ticket.assign_self': ticket(WTI, 'Take tickets.', { level: 'full' }),
  'ticket.assign_any': ticket(WTI, 'Assign tickets to anybody who may see them.', {
    level: 'full',
    implies: ['ticket.assign_self'],
  }),
  'ticket.share_cross_team': ticket(WTI, 'Share tickets with other teams.', { level: 'own' }),
  'ticket.manage_participants': ticket(WTI, 'Add and remove participants.', { level: 'full' }),
  'ticket.merge': ticket(WTI, 'Merge and unmerge tickets.', { level: 'own' }),
  'ticket.bulk_operate': ticket(WTI, 'Change many tickets at once.'),
  'ticket.delete': ticket(WTI, 'Delete tickets and the messages of others, and redact text.', { level: 'own' }),
  'ticket.restore': ticket(WTI, 'Bring back deleted tickets and read deleted text.', { level: 'own' }),
  'ticket.export': ticket(WTI, 'Export tickets.', { level: 'read', sensitive: true }),
  'ticket.link_issue': ticket(WTI, 'Create and link issues of other systems.', { level: 'full' }),

  'ticket_status.manage': setUp(W, 'Define ticket statuses.'),
  'ticket_field.manage': setUp(W, 'Define ticket fields and tags.'),
  'macro.manage': setUp(WT, 'Define macros for a team or for everybody.'),
  'view.manage': setUp(WT, 'Define views for a team or for everybody.'),

  'org.view': crm(W, 'See contacts and organizations.'),
  'org.manage': crm(W, 'Create and change contacts and organizations.', { implies: ['org.view'] }),
  'org.merge': crm(W, 'Merge contacts and organizations.', { implies: ['org.view'] }),
  'org.export': crm(W, 'Export contacts and organizations.', { implies: ['org.view'], sensitive: true }),

  'sla.view': sla(W, 'See SLA policies, calendars and reports.'),
  'sla.manage': sla(W, 'Define SLA policies.', { implies: ['sla.view'] }),
  'business_hours.manage': sla(W, 'Define business hours and holidays.', { implies: ['sla.view'] }),
  'escalation.rule_manage': sla(W, 'Define escalation rules.', { implies: ['sla.view'] }),

  'inbox.view': inbox(WI, 'See inboxes, their members and channels.'),
  'inbox.manage': inbox(WI, 'Change inboxes and their members.', { implies: ['inbox.view'] }),
  'inbox.channel_manage': inbox(WI, 'Connect channels to inboxes.', { implies: ['inbox.view'] }),
  'routing.rule_manage': inbox(W, 'Define routing rules.', { implies: ['inbox.view'] }),

  'team.view': team(WT, 'See teams and members.'),
  'team.manage': team(WT, 'Change teams and their members.', { implies: ['team.view'] }),

  'audit.view': audit(W, 'Read the audit log.'),
  'audit.export': audit(W, 'Export the audit log.', { implies: ['audit.view'], sensitive: true }),

  'webhook.view': webhook(W, 'See webhook endpoints, events and deliveries.'),
  'webhook.manage': webhook(W, 'Define webhook endpoints and send again.', {
    implies: ['webhook.view'],
    sensitive: true,
  }),
  'integration.view': integration(W, 'See integrations and what they synced.'),
  'integration.manage': integration(W, 'Connect integrations and define what they sync.', {
    implies: ['integration.view'],
    sensitive: true,
  }),

  'segment.view': segment(W, 'See segments and who is in them.'),
  'segment.manage': segment(W, 'Define segments and their members.', { implies: ['segment.view'] }),
  'user_attribute.view': attribute(W, 'See the attributes of people.'),
  'user_attribute.manage': attribute(W, 'Define attributes of people and set their values.', {
    implies: ['user_attribute.view'],
  }),

  'changelog.view': changelog(W, 'See changelog entries, drafts too.'),
  'changelog.manage': changelog(W, 'Write and publish changelog entries.', { implies: ['changelog.view'] }),
  'help_center.view': helpCenter(W, 'See help articles, drafts too.'),
  'help_center.manage': helpCenter(W, 'Write and publish help articles.', { implies: ['help_center.view'] }),
  'portal.manage': portal(W, 'Define what the portal shows.'),

  'widget.view': widget(W, 'See widget applications and profiles.'),
  'widget.manage': widget(W, 'Define widget applications, profiles and identity keys.', { implies: ['widget.view'] }),
  'chat.view': chat(W, 'See conversations.'),
  'chat.manage': chat(W, 'Answer conversations and change them.', { implies: ['chat.view'] }),

  'admin.manage_users': admin('member, invitation')(W, 'Invite, suspend and remove members.', { sensitive: true }),
  'admin.manage_roles': admin('role')(W, 'Define roles and grant them.', { sensitive: true }),
  'admin.manage_api_keys': admin('API key')(W, 'Make, rotate and revoke API keys.', { sensitive: true }),
  'admin.manage_settings': admin('setting, issuer')(W, 'Change the settings of the workspace.', { sensitive: true }),
} satisfies Record<string, PermissionEntry>;

export type Permission = keyof typeof catalogue;

/** The permission catalogue. Rows of `permissions` are reconciled from it at migrate time. */
export const PERMISSIONS: Readonly<Record<Permission, PermissionEntry>> = catalogue;

export const PERMISSION_KEYS = Object.keys(catalogue) as Permission[];

/** The family of sight on tickets, broad to narrow; each implies the next. */
export const TICKET_VIEWS = [
  'ticket.view_all',
  'ticket.view_team',
  'ticket.view_shared',
  'ticket.view_assigned',
] as const satisfies readonly Permission[];

export const isPermission = (key: string): key is Permission => Object.hasOwn(catalogue, key);
