/** Rows of a table that end by age. `days` is the default, which the workspace may move within `min`..`max`. */
export interface Retention {
  /** The instant that counts; a row where it is null is kept. */
  column: string;
  /** SQL over the row `t`, where `$1` is the instant before which rows end. */
  predicate?: string;
  days: number;
  min: number;
  max: number;
  /** Other rows of the same table, which end `laterDays` after the first. */
  also?: { column: string; predicate: string; laterDays: number };
}

/** A consumer that stands still finds its events however old they are, and what is still to be delivered has its event. */
const readAndDelivered =
  't.position <= (select min(s.position) from public.event_sinks s) and not exists (select from public.deliveries d where d.event_id = t.id and d.ended_at is null)';

/** Audit ends by whole seals: one that is declared purged proves that its missing rows were not taken out by hand. */
const inPurgedSeal =
  'exists (select from public.audit_leaves l join public.audit_seals s on s.no = l.seal_no where l.audit_seq = t.seq and s.purged_at is not null)';

const clockSettled = 'exists (select from public.ticket_sla_clocks c where c.id = t.clock_id and c.settled_at < $1)';

/**
 * Every table of the schema: kept, or how long. `purge_rows` knows these tables and no others. What has a clean-up of its
 * own stands here as kept: the trash of tickets and content, staged files, leaves of purged seals.
 */
export const RETENTION: Readonly<Record<string, 'kept' | Retention>> = {
  account: 'kept',
  api_keys: 'kept',
  auth_issuer_rules: 'kept',
  auth_issuers: 'kept',
  heartbeats: 'kept',
  invitation: { column: 'expires_at', days: 90, min: 30, max: 400 },
  permissions: 'kept',
  principal: 'kept',
  principal_role_assignments: { column: 'revoked_at', days: 400, min: 90, max: 3650 },
  role_permissions: 'kept',
  roles: 'kept',
  settings: 'kept',
  team_memberships: 'kept',
  teams: 'kept',
  user: 'kept',

  audit_events: { column: 'recorded_at', predicate: inPurgedSeal, days: 400, min: 90, max: 3650 },
  audit_leaves: 'kept',
  audit_seals: 'kept',
  dead_letters: {
    column: 'ended_at',
    days: 30,
    min: 7,
    max: 180,
    also: { column: 'last_at', predicate: "t.state = 'open'", laterDays: 150 },
  },
  deliveries: { column: 'ended_at', days: 90, min: 30, max: 400 },
  delivery_health: 'kept',
  event_bodies: 'kept',
  event_sinks: 'kept',
  events: { column: 'dispatched_at', predicate: readAndDelivered, days: 90, min: 30, max: 400 },
  in_app_notifications: {
    column: 'created_at',
    predicate: '(t.read_at is not null or t.archived_at is not null)',
    days: 90,
    min: 30,
    max: 400,
    also: { column: 'created_at', predicate: 't.read_at is null and t.archived_at is null', laterDays: 275 },
  },
  notification_batches: { column: 'updated_at', predicate: "t.state <> 'waiting'", days: 30, min: 7, max: 180 },
  notification_preferences: 'kept',
  service_hours: { column: 'hour', days: 400, min: 90, max: 3650 },
  webhook_deliveries: { column: 'started_at', days: 30, min: 7, max: 90 },
  webhook_recoveries: { column: 'updated_at', predicate: "t.state <> 'running'", days: 90, min: 30, max: 400 },
  webhooks: 'kept',

  bulk_job_items: 'kept',
  bulk_jobs: { column: 'finished_at', days: 30, min: 7, max: 180 },
  contact_emails: 'kept',
  contact_user_links: 'kept',
  contacts: 'kept',
  free_mail_domains: 'kept',
  macros: 'kept',
  object_deletions: { column: 'done_at', days: 30, min: 7, max: 180 },
  organization_domains: 'kept',
  organizations: 'kept',
  public_suffixes: 'kept',
  saved_views: 'kept',
  ticket_activity: 'kept',
  ticket_attachments: 'kept',
  ticket_fields: 'kept',
  ticket_links: 'kept',
  ticket_message_edits: 'kept',
  ticket_messages: 'kept',
  ticket_participants: 'kept',
  ticket_ratings: 'kept',
  ticket_search: 'kept',
  ticket_settings: 'kept',
  ticket_shares: 'kept',
  ticket_statuses: 'kept',
  ticket_subscriptions: 'kept',
  ticket_tag_links: 'kept',
  ticket_tags: 'kept',
  tickets: 'kept',

  business_hours: 'kept',
  business_hours_holiday_sets: 'kept',
  calendar_snapshots: 'kept',
  compiled_configs: 'kept',
  escalation_rules: 'kept',
  holiday_sets: 'kept',
  inbox_channels: 'kept',
  inbox_memberships: 'kept',
  inboxes: 'kept',
  sla_daily: 'kept',
  sla_events: 'kept',
  sla_job_items: 'kept',
  sla_jobs: {
    column: 'updated_at',
    predicate: "t.state in ('done', 'failed', 'cancelled')",
    days: 180,
    min: 30,
    max: 400,
  },
  sla_policies: 'kept',
  sla_policy_versions: 'kept',
  sla_settings: 'kept',
  sla_target_calendars: 'kept',
  sla_target_pause_statuses: 'kept',
  sla_targets: 'kept',
  sla_timers: { column: 'fired_at', predicate: clockSettled, days: 30, min: 7, max: 180 },
  ticket_sla: 'kept',
  ticket_sla_clocks: 'kept',
  time_zones: 'kept',

  email_messages: { column: 'created_at', predicate: 't.ticket_id is null', days: 400, min: 90, max: 3650 },
  email_suppressions: 'kept',
  email_threads: 'kept',
  inbound_deliveries: { column: 'created_at', days: 30, min: 7, max: 180 },
  integration_event_mappings: 'kept',
  integration_installations: 'kept',
  integration_platform_credentials: 'kept',
  integration_repositories: 'kept',
  integration_targets: 'kept',
  integrations: 'kept',

  chat_messages: 'kept',
  chat_tags: 'kept',
  conversation_tags: 'kept',
  conversation_ticket_messages: 'kept',
  conversations: 'kept',
  idempotency_keys: { column: 'expires_at', days: 0, min: 0, max: 0 },

  changelog_entries: 'kept',
  changelog_entry_texts: 'kept',
  content_redirects: 'kept',
  content_settings: 'kept',
  kb_article_feedback: 'kept',
  kb_article_stats: 'kept',
  kb_article_texts: 'kept',
  kb_articles: 'kept',
  kb_categories: 'kept',
  segments: 'kept',
  user_attribute_definitions: 'kept',
  user_segments: 'kept',
};

/**
 * What erasing a person may overwrite in history, and with what: SQL over the row `t`. No column stands here that a hash
 * covers; the private columns of the audit are covered by a salted digest, which outlives them.
 */
export const REDACTABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  audit_events: {
    actor_label: 'null',
    target_label: 'null',
    changes: 'null',
    ip: 'null',
    country: 'null',
    user_agent: 'null',
    client_name: 'null',
  },
  events: {
    payload: `'{"erased": true}'::pg_catalog.jsonb`,
    actor_label: 'null',
    erased_at: 'coalesce(t.erased_at, pg_catalog.now())',
  },
  sla_events: { actor_label: 'null' },
  ticket_activity: { actor_label: 'null', data: `'{"changes": []}'::pg_catalog.jsonb` },
  webhook_deliveries: { response_body: 'null' },
};
