import { PERMISSION_KEYS, type Permission } from './permissions.ts';

export interface SystemRole {
  name: string;
  description: string;
  permissions: readonly Permission[];
}

/** The roles that exist everywhere, made equal to this list at migrate time; nobody edits or deletes them. */
export const SYSTEM_ROLES = {
  owner: { name: 'Owner', description: 'Everything, owners and issuers included.', permissions: PERMISSION_KEYS },
  supervisor: {
    name: 'Supervisor',
    description: 'Everything but the administration of people, roles, keys and settings.',
    permissions: PERMISSION_KEYS.filter((key) => !key.startsWith('admin.')),
  },
  agent: {
    name: 'Agent',
    description: 'Works on the tickets of own teams and inboxes, and on conversations.',
    permissions: [
      'ticket.view_team',
      'ticket.view_assigned',
      'ticket.view_shared',
      'ticket.create',
      'ticket.edit_fields',
      'ticket.change_status',
      'ticket.reply_public',
      'ticket.comment_internal',
      'ticket.assign_self',
      'ticket.bulk_operate',
      'ticket.link_issue',
      'org.view',
      'sla.view',
      'inbox.view',
      'team.view',
      'segment.view',
      'chat.view',
      'chat.manage',
      'changelog.view',
      'help_center.view',
    ],
  },
  collaborator: {
    name: 'Collaborator',
    description: 'Reads and comments on tickets that are shared with own teams or that one takes part in.',
    permissions: ['ticket.view_shared', 'ticket.view_assigned', 'ticket.comment_internal', 'org.view'],
  },
  customer: {
    name: 'Customer',
    description: 'Nothing on the agent side: what customers reach is their own.',
    permissions: [],
  },
} as const satisfies Record<string, SystemRole>;

export type SystemRoleKey = keyof typeof SYSTEM_ROLES;
