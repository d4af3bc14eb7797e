/** The value sets of calendars, promises and inboxes that no other area names. */
export const ASSIGNMENT_METHODS = ['manual', 'round_robin', 'balanced'] as const;
export const COMPILED_CONFIG_KINDS = ['sla', 'routing'] as const;
export const SLA_EVENT_TYPES = [
  'started',
  'paused',
  'resumed',
  'fulfilled',
  'cancelled',
  'retargeted',
  'recalculated',
  'reopened',
  'revived',
  'breach_withdrawn',
  'error',
  'error_cleared',
  'warned',
  'warn_skipped',
  'breached',
  'breach_skipped',
  'escalated',
  'escalation_skipped',
  'pinned',
  'unpinned',
] as const;
export const SLA_EVENT_SOURCES = ['verb', 'sweep', 'job'] as const;
export const SLA_JOB_KINDS = ['recompute', 'simulation'] as const;
export const SLA_JOB_STATES = ['pending', 'running', 'done', 'failed', 'cancelled'] as const;
/** The metrics whose clock may go on, or start again, when a ticket reopens. */
export const REOPENABLE_METRICS = ['total_resolution', 'requester_wait', 'agent_work'] as const;
