/** The value sets of connections, what comes in through them, and mail. */
export const INTEGRATION_PROVIDERS = ['github', 'slack', 'inbound_hook'] as const;
export const INTEGRATION_STATES = [
  'pending',
  'active',
  'paused',
  'needs_attention',
  'disconnecting',
  'disconnected',
] as const;
export const TARGET_DIRECTIONS = ['outbound', 'inbound'] as const;
export const TARGET_STATES = ['active', 'paused', 'needs_attention'] as const;
export const INSTALLATION_STATES = ['pending', 'active', 'suspended', 'removed'] as const;
export const REPOSITORY_STATES = ['available', 'active', 'paused', 'removed'] as const;
export const REPOSITORY_VISIBILITIES = ['public', 'private', 'internal'] as const;
export const SYNC_OUTCOMES = [
  'applied',
  'noop',
  'echo',
  'stale',
  'conflict',
  'skipped',
  'deferred',
  'failed',
  'dead',
] as const;
export const INBOUND_SOURCES = ['github', 'mail', 'mail_event', 'hook'] as const;
export const INBOUND_STATES = ['received', 'processing', 'retry', 'done', 'ignored', 'dead'] as const;

export const MAIL_DIRECTIONS = ['inbound', 'outbound'] as const;
export const MAIL_KINDS_OUT = [
  'reply',
  'ack',
  'status',
  'rating',
  'notification',
  'notice',
  'code',
  'invitation',
] as const;
export const MAIL_KINDS_IN = ['inbound', 'bounce'] as const;
export const MAIL_KINDS = [...MAIL_KINDS_OUT, ...MAIL_KINDS_IN] as const;
export const MAIL_STATES_OUT = [
  'queued',
  'sending',
  'sent',
  'delivered',
  'deferred',
  'bounced',
  'complained',
  'retry',
  'failed',
  'suppressed',
  'cancelled',
] as const;
/** `dropped` by a rule, `discarded` by a person out of the quarantine. */
export const MAIL_STATES_IN = ['accepted', 'quarantined', 'dropped', 'discarded'] as const;
export const MAIL_STATES = [...MAIL_STATES_OUT, ...MAIL_STATES_IN] as const;
export const MAIL_RECIPIENT_KINDS = ['customer', 'agent'] as const;
export const SUPPRESSION_REASONS = ['complaint', 'hard_bounce', 'soft_bounces', 'unsubscribed', 'manual'] as const;
export const SUPPRESSION_SCOPES = ['all', 'automatic'] as const;
