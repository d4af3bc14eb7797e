/**
 * The value sets that more than one area names. A table's check, its Zod schema and its TypeScript type come from one array.
 * A set is widened one release before the new value is written, so that the older Worker can read it.
 */
export const TICKET_PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export const STATUS_CATEGORIES = ['open', 'pending', 'on_hold', 'solved', 'closed'] as const;
export const ACTIVE_CATEGORIES = ['open', 'pending', 'on_hold'] as const;
export const TICKET_CHANNELS = ['portal', 'email', 'api', 'widget', 'github', 'chat'] as const;
export const TICKET_VISIBILITIES = ['team', 'org', 'shared', 'private'] as const;
export const MESSAGE_AUDIENCES = ['public', 'internal', 'shared_team'] as const;
export const AUTHOR_KINDS = ['customer', 'agent', 'automation', 'system'] as const;
export const PARTICIPANT_ROLES = ['watcher', 'collaborator', 'cc'] as const;
export const SHARE_LEVELS = ['read', 'comment', 'full'] as const;
export const SUBSCRIPTION_SOURCES = [
  'auto_requester',
  'auto_assigned',
  'auto_participant',
  'auto_replied',
  'manual',
] as const;
export const ASSURANCES = ['anonymous', 'claimed', 'verified'] as const;
export const LINK_KINDS = ['related', 'duplicate_of', 'parent_of', 'problem_of', 'follow_up'] as const;
export const CHANGE_CAUSES = [
  'agent',
  'customer',
  'customer_reply',
  'api',
  'macro',
  'bulk',
  'routing',
  'sla',
  'integration',
  'wake',
  'auto_close',
  'merge',
  'follow_up',
] as const;
export const ON_CLOSED_REPLY = ['follow_up', 'reopen', 'refuse'] as const;

export const SLA_METRICS = [
  'first_response',
  'next_response',
  'first_resolution',
  'total_resolution',
  'periodic_update',
  'requester_wait',
  'agent_work',
] as const;
export const CLOCK_STATES = ['running', 'paused', 'met', 'late', 'cancelled'] as const;
export const SLA_TRACKS = ['customer', 'internal'] as const;
export const CALENDAR_MODES = ['fixed', 'team'] as const;
export const COMBINES = ['any', 'all'] as const;
export const REOPEN_MODES = ['continue', 'restart'] as const;
export const TIMER_KINDS = ['warn', 'breach', 'escalate'] as const;
export const DUE_ERRORS = ['no_open_time', 'zone_data_exhausted'] as const;
export const CANCEL_REASONS = [
  'no_response_needed',
  'ticket_settled',
  'no_policy',
  'target_removed',
  'ticket_deleted',
  'ticket_merged',
] as const;

export const ACTOR_KINDS = ['user', 'api_key', 'customer', 'integration', 'system'] as const;
export const SURFACES = ['api', 'mcp', 'widget', 'portal', 'mail', 'inbound', 'queue', 'cron', 'cli'] as const;
export const PRINCIPAL_TYPES = ['user', 'anonymous', 'service'] as const;
export const SERVICE_KINDS = ['api_key', 'integration', 'system'] as const;
export const MEMBER_STATES = ['active', 'suspended', 'removed'] as const;
export const SCOPE_KINDS = ['workspace', 'team', 'inbox'] as const;
export const ACCESS_LEVELS = ['read', 'comment', 'full', 'own'] as const;
export const GRANT_SOURCES = ['manual', 'invitation', 'issuer', 'setup'] as const;
export const MEMBERSHIP_SOURCES = ['manual', 'issuer'] as const;
export const GRANT_REVOKE_REASONS = ['manual', 'expired', 'member_removed', 'role_deleted', 'issuer_sync'] as const;
export const KEY_REVOKE_REASONS = ['manual', 'member_removed', 'leaked'] as const;
export const INVITATION_STATES = ['pending', 'accepted', 'revoked'] as const;
export const ISSUER_KINDS = ['oidc', 'cloudflare_access'] as const;
export const PROVISIONS = ['off', 'link', 'create'] as const;
export const ISSUER_SYNCS = ['first', 'always'] as const;
export const TEAM_ROLES = ['lead', 'member'] as const;
export const INBOX_ROLES = ['owner', 'agent', 'viewer'] as const;

export const DELIVERY_STATES = ['pending', 'sending', 'delivered', 'retry', 'dead', 'cancelled'] as const;
export const SINKS = ['webhook', 'chat', 'github', 'email', 'notify', 'sla_escalation', 'routing'] as const;
export const DELIVERY_OUTCOMES = [
  'delivered',
  'http_error',
  'redirect',
  'gone',
  'timeout',
  'network',
  'dns',
  'blocked',
  'lost',
] as const;

/** An element of a value set, for types of columns and inputs: `ValueOf<typeof TICKET_PRIORITIES>`. */
export type ValueOf<T extends readonly unknown[]> = T[number];
