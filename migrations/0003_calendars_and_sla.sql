CREATE TABLE "business_hours" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"time_zone" text NOT NULL,
	"weekly" jsonb NOT NULL,
	"overrides" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"snapshot_id" uuid,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "business_hours_name_length_check" CHECK (char_length("business_hours"."name") between 1 and 120),
	CONSTRAINT "business_hours_weekly_object_check" CHECK (jsonb_typeof("business_hours"."weekly") = 'object'),
	CONSTRAINT "business_hours_overrides_array_check" CHECK (jsonb_typeof("business_hours"."overrides") = 'array'),
	CONSTRAINT "business_hours_overrides_size_check" CHECK (octet_length("business_hours"."overrides"::text) <= 65536)
);
--> statement-breakpoint
CREATE TABLE "business_hours_holiday_sets" (
	"business_hours_id" uuid NOT NULL,
	"holiday_set_id" uuid NOT NULL,
	CONSTRAINT "business_hours_holiday_sets_business_hours_id_holiday_set_id_pk" PRIMARY KEY("business_hours_id","holiday_set_id")
);
--> statement-breakpoint
CREATE TABLE "calendar_snapshots" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"business_hours_id" uuid NOT NULL,
	"content" jsonb NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"tzdata_version" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calendar_snapshots_content_hash_key" UNIQUE("content_hash"),
	CONSTRAINT "calendar_snapshots_tzdata_version_length_check" CHECK (char_length("calendar_snapshots"."tzdata_version") between 1 and 20),
	CONSTRAINT "calendar_snapshots_content_object_check" CHECK (jsonb_typeof("calendar_snapshots"."content") = 'object'),
	CONSTRAINT "calendar_snapshots_content_size_check" CHECK (octet_length("calendar_snapshots"."content"::text) <= 262144),
	CONSTRAINT "calendar_snapshots_content_hash_size_check" CHECK (octet_length("calendar_snapshots"."content_hash") = 32)
);
--> statement-breakpoint
CREATE TABLE "compiled_configs" (
	"kind" text PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL,
	"content" jsonb NOT NULL,
	"refs" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "compiled_configs_kind_check" CHECK ("compiled_configs"."kind" in ('sla', 'routing')),
	CONSTRAINT "compiled_configs_revision_range_check" CHECK ("compiled_configs"."revision" >= 0),
	CONSTRAINT "compiled_configs_content_object_check" CHECK (jsonb_typeof("compiled_configs"."content") = 'object'),
	CONSTRAINT "compiled_configs_content_size_check" CHECK (octet_length("compiled_configs"."content"::text) <= 1048576),
	CONSTRAINT "compiled_configs_refs_object_check" CHECK (jsonb_typeof("compiled_configs"."refs") = 'object')
);
--> statement-breakpoint
CREATE TABLE "escalation_rules" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"policy_id" uuid,
	"metrics" text[] NOT NULL,
	"priorities" text[] DEFAULT '{}' NOT NULL,
	"offset_seconds" integer,
	"percent" integer,
	"repeat_every_seconds" integer,
	"repeat_limit" integer,
	"conditions" jsonb DEFAULT '{"all":[]}'::jsonb NOT NULL,
	"actions" jsonb NOT NULL,
	"fallback" jsonb DEFAULT '{"principalIds":[],"teamIds":[]}'::jsonb NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"last_error" text,
	"last_error_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "escalation_rules_name_length_check" CHECK (char_length("escalation_rules"."name") between 1 and 120),
	CONSTRAINT "escalation_rules_metrics_check" CHECK ("escalation_rules"."metrics" <@ array['first_response', 'next_response', 'first_resolution', 'total_resolution', 'periodic_update', 'requester_wait', 'agent_work']::text[]),
	CONSTRAINT "escalation_rules_priorities_check" CHECK ("escalation_rules"."priorities" <@ array['low', 'normal', 'high', 'urgent']::text[]),
	CONSTRAINT "escalation_rules_metrics_count_check" CHECK (cardinality("escalation_rules"."metrics") between 1 and 7),
	CONSTRAINT "escalation_rules_priorities_count_check" CHECK (cardinality("escalation_rules"."priorities") <= 4),
	CONSTRAINT "escalation_rules_one_mark_check" CHECK (num_nonnulls("escalation_rules"."offset_seconds", "escalation_rules"."percent") = 1),
	CONSTRAINT "escalation_rules_percent_range_check" CHECK ("escalation_rules"."percent" between 1 and 1000),
	CONSTRAINT "escalation_rules_repeat_pair_check" CHECK (num_nonnulls("escalation_rules"."repeat_every_seconds", "escalation_rules"."repeat_limit") in (0, 2)),
	CONSTRAINT "escalation_rules_repeat_every_range_check" CHECK ("escalation_rules"."repeat_every_seconds" >= 60),
	CONSTRAINT "escalation_rules_repeat_limit_range_check" CHECK ("escalation_rules"."repeat_limit" between 1 and 50),
	CONSTRAINT "escalation_rules_conditions_object_check" CHECK (jsonb_typeof("escalation_rules"."conditions") = 'object'),
	CONSTRAINT "escalation_rules_actions_count_check" CHECK (case when jsonb_typeof("escalation_rules"."actions") = 'array' then jsonb_array_length("escalation_rules"."actions") between 1 and 8 else false end),
	CONSTRAINT "escalation_rules_fallback_object_check" CHECK (jsonb_typeof("escalation_rules"."fallback") = 'object')
);
--> statement-breakpoint
CREATE TABLE "holiday_sets" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"entries" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"time_zone" text,
	"feed_url" text,
	"feed_etag" text,
	"feed_fetched_at" timestamp (3) with time zone,
	"feed_failing_since" timestamp (3) with time zone,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "holiday_sets_name_length_check" CHECK (char_length("holiday_sets"."name") between 1 and 120),
	CONSTRAINT "holiday_sets_feed_url_length_check" CHECK (char_length("holiday_sets"."feed_url") between 1 and 2048),
	CONSTRAINT "holiday_sets_feed_etag_length_check" CHECK (char_length("holiday_sets"."feed_etag") <= 1024),
	CONSTRAINT "holiday_sets_feed_url_https_check" CHECK ("holiday_sets"."feed_url" like 'https://%'),
	CONSTRAINT "holiday_sets_entries_array_check" CHECK (jsonb_typeof("holiday_sets"."entries") = 'array'),
	CONSTRAINT "holiday_sets_entries_size_check" CHECK (octet_length("holiday_sets"."entries"::text) <= 131072)
);
--> statement-breakpoint
CREATE TABLE "sla_daily" (
	"day" date NOT NULL,
	"track" text NOT NULL,
	"metric" text NOT NULL,
	"policy_id" uuid NOT NULL,
	"team_id" uuid,
	"inbox_id" uuid,
	"priority" text,
	"met" integer DEFAULT 0 NOT NULL,
	"missed" integer DEFAULT 0 NOT NULL,
	"excluded" integer DEFAULT 0 NOT NULL,
	"withdrawn" integer DEFAULT 0 NOT NULL,
	"lateness_sum_ms" bigint DEFAULT 0 NOT NULL,
	"lateness_max_ms" bigint DEFAULT 0 NOT NULL,
	"lateness_buckets" integer[] DEFAULT '{0,0,0,0,0,0,0,0,0,0}' NOT NULL,
	CONSTRAINT "sla_daily_dimensions_key" UNIQUE NULLS NOT DISTINCT("day","track","metric","policy_id","team_id","inbox_id","priority"),
	CONSTRAINT "sla_daily_track_check" CHECK ("sla_daily"."track" in ('customer', 'internal')),
	CONSTRAINT "sla_daily_metric_check" CHECK ("sla_daily"."metric" in ('first_response', 'next_response', 'first_resolution', 'total_resolution', 'periodic_update', 'requester_wait', 'agent_work')),
	CONSTRAINT "sla_daily_priority_check" CHECK ("sla_daily"."priority" in ('low', 'normal', 'high', 'urgent')),
	CONSTRAINT "sla_daily_counts_range_check" CHECK ("sla_daily"."met" >= 0 and "sla_daily"."missed" >= 0 and "sla_daily"."excluded" >= 0 and "sla_daily"."withdrawn" >= 0),
	CONSTRAINT "sla_daily_lateness_range_check" CHECK ("sla_daily"."lateness_sum_ms" >= 0 and "sla_daily"."lateness_max_ms" >= 0),
	CONSTRAINT "sla_daily_lateness_buckets_shape_check" CHECK (cardinality("sla_daily"."lateness_buckets") = 10 and 0 <= all ("sla_daily"."lateness_buckets"))
);
--> statement-breakpoint
CREATE TABLE "sla_events" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"clock_id" uuid,
	"ticket_id" uuid NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL,
	"reason" text,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"consumed_ms" bigint,
	"target_seconds" integer,
	"due_at" timestamp (3) with time zone,
	"previous_outcome_at" timestamp (3) with time zone,
	"event_id" uuid,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "sla_events_type_check" CHECK ("sla_events"."type" in ('started', 'paused', 'resumed', 'fulfilled', 'cancelled', 'retargeted', 'recalculated', 'reopened', 'revived', 'breach_withdrawn', 'error', 'error_cleared', 'warned', 'warn_skipped', 'breached', 'breach_skipped', 'escalated', 'escalation_skipped', 'pinned', 'unpinned')),
	CONSTRAINT "sla_events_source_check" CHECK ("sla_events"."source" in ('verb', 'sweep', 'job')),
	CONSTRAINT "sla_events_actor_kind_check" CHECK ("sla_events"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "sla_events_reason_length_check" CHECK (char_length("sla_events"."reason") <= 200),
	CONSTRAINT "sla_events_clock_by_type_check" CHECK ("sla_events"."clock_id" is not null or "sla_events"."type" in ('pinned', 'unpinned')),
	CONSTRAINT "sla_events_consumed_range_check" CHECK ("sla_events"."consumed_ms" >= 0),
	CONSTRAINT "sla_events_target_range_check" CHECK ("sla_events"."target_seconds" >= 1),
	CONSTRAINT "sla_events_details_object_check" CHECK (jsonb_typeof("sla_events"."details") = 'object')
);
--> statement-breakpoint
CREATE TABLE "sla_job_items" (
	"job_id" uuid NOT NULL,
	"n" integer NOT NULL,
	"ticket_id" uuid NOT NULL,
	"clock_id" uuid,
	"before" jsonb,
	"after" jsonb,
	CONSTRAINT "sla_job_items_job_id_n_pk" PRIMARY KEY("job_id","n"),
	CONSTRAINT "sla_job_items_n_range_check" CHECK ("sla_job_items"."n" between 1 and 10000),
	CONSTRAINT "sla_job_items_before_object_check" CHECK (jsonb_typeof("sla_job_items"."before") = 'object'),
	CONSTRAINT "sla_job_items_after_object_check" CHECK (jsonb_typeof("sla_job_items"."after") = 'object')
);
--> statement-breakpoint
CREATE TABLE "sla_jobs" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"scope" jsonb NOT NULL,
	"dry_run" boolean DEFAULT false NOT NULL,
	"config_revision" bigint NOT NULL,
	"pass" smallint DEFAULT 1 NOT NULL,
	"cursor" uuid,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"result" jsonb,
	"not_before" timestamp (3) with time zone NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"requested_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "sla_jobs_kind_check" CHECK ("sla_jobs"."kind" in ('recompute', 'simulation')),
	CONSTRAINT "sla_jobs_state_check" CHECK ("sla_jobs"."state" in ('pending', 'running', 'done', 'failed', 'cancelled')),
	CONSTRAINT "sla_jobs_config_revision_range_check" CHECK ("sla_jobs"."config_revision" >= 0),
	CONSTRAINT "sla_jobs_pass_range_check" CHECK ("sla_jobs"."pass" in (1, 2)),
	CONSTRAINT "sla_jobs_scope_object_check" CHECK (jsonb_typeof("sla_jobs"."scope") = 'object'),
	CONSTRAINT "sla_jobs_counts_object_check" CHECK (jsonb_typeof("sla_jobs"."counts") = 'object'),
	CONSTRAINT "sla_jobs_result_object_check" CHECK (jsonb_typeof("sla_jobs"."result") = 'object')
);
--> statement-breakpoint
CREATE TABLE "sla_policies" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"track" text DEFAULT 'customer' NOT NULL,
	"position" integer NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"conditions" jsonb DEFAULT '{"all":[]}'::jsonb NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "sla_policies_track_check" CHECK ("sla_policies"."track" in ('customer', 'internal')),
	CONSTRAINT "sla_policies_name_length_check" CHECK (char_length("sla_policies"."name") between 1 and 120),
	CONSTRAINT "sla_policies_description_length_check" CHECK (char_length("sla_policies"."description") <= 2000),
	CONSTRAINT "sla_policies_position_range_check" CHECK ("sla_policies"."position" >= 0),
	CONSTRAINT "sla_policies_conditions_object_check" CHECK (jsonb_typeof("sla_policies"."conditions") = 'object')
);
--> statement-breakpoint
CREATE TABLE "sla_policy_versions" (
	"policy_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"content" jsonb NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sla_policy_versions_policy_id_version_pk" PRIMARY KEY("policy_id","version"),
	CONSTRAINT "sla_policy_versions_actor_kind_check" CHECK ("sla_policy_versions"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "sla_policy_versions_version_range_check" CHECK ("sla_policy_versions"."version" >= 1),
	CONSTRAINT "sla_policy_versions_content_object_check" CHECK (jsonb_typeof("sla_policy_versions"."content") = 'object')
);
--> statement-breakpoint
CREATE TABLE "sla_settings" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"report_time_zone" text,
	"fallback_principal_ids" uuid[] DEFAULT '{}' NOT NULL,
	"fallback_team_id" uuid,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "sla_settings_singleton_check" CHECK ("sla_settings"."singleton"),
	CONSTRAINT "sla_settings_report_time_zone_length_check" CHECK (char_length("sla_settings"."report_time_zone") between 1 and 64),
	CONSTRAINT "sla_settings_fallback_principals_count_check" CHECK (cardinality("sla_settings"."fallback_principal_ids") <= 100)
);
--> statement-breakpoint
CREATE TABLE "sla_target_calendars" (
	"target_id" uuid NOT NULL,
	"business_hours_id" uuid NOT NULL,
	CONSTRAINT "sla_target_calendars_target_id_business_hours_id_pk" PRIMARY KEY("target_id","business_hours_id")
);
--> statement-breakpoint
CREATE TABLE "sla_target_pause_statuses" (
	"target_id" uuid NOT NULL,
	"status_id" uuid NOT NULL,
	CONSTRAINT "sla_target_pause_statuses_target_id_status_id_pk" PRIMARY KEY("target_id","status_id")
);
--> statement-breakpoint
CREATE TABLE "sla_targets" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"policy_id" uuid NOT NULL,
	"metric" text NOT NULL,
	"priority" text,
	"target_seconds" integer NOT NULL,
	"warn_before_seconds" integer,
	"calendar_mode" text DEFAULT 'fixed' NOT NULL,
	"combine" text DEFAULT 'any' NOT NULL,
	"pause_categories" text[] DEFAULT '{}' NOT NULL,
	"reopen_mode" text DEFAULT 'continue' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sla_targets_policy_id_metric_priority_key" UNIQUE NULLS NOT DISTINCT("policy_id","metric","priority"),
	CONSTRAINT "sla_targets_metric_check" CHECK ("sla_targets"."metric" in ('first_response', 'next_response', 'first_resolution', 'total_resolution', 'periodic_update', 'requester_wait', 'agent_work')),
	CONSTRAINT "sla_targets_priority_check" CHECK ("sla_targets"."priority" in ('low', 'normal', 'high', 'urgent')),
	CONSTRAINT "sla_targets_calendar_mode_check" CHECK ("sla_targets"."calendar_mode" in ('fixed', 'team')),
	CONSTRAINT "sla_targets_combine_check" CHECK ("sla_targets"."combine" in ('any', 'all')),
	CONSTRAINT "sla_targets_reopen_mode_check" CHECK ("sla_targets"."reopen_mode" in ('continue', 'restart')),
	CONSTRAINT "sla_targets_pause_categories_check" CHECK ("sla_targets"."pause_categories" <@ array['open', 'pending', 'on_hold']::text[]),
	CONSTRAINT "sla_targets_pause_categories_count_check" CHECK (cardinality("sla_targets"."pause_categories") <= 3),
	CONSTRAINT "sla_targets_target_range_check" CHECK ("sla_targets"."target_seconds" between 1 and 36000000),
	CONSTRAINT "sla_targets_warn_range_check" CHECK ("sla_targets"."warn_before_seconds" >= 1 and "sla_targets"."warn_before_seconds" < "sla_targets"."target_seconds"),
	CONSTRAINT "sla_targets_restart_metric_check" CHECK ("sla_targets"."reopen_mode" = 'continue' or "sla_targets"."metric" in ('total_resolution', 'requester_wait', 'agent_work'))
);
--> statement-breakpoint
CREATE TABLE "sla_timers" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"clock_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"rule_id" uuid,
	"repeat_no" integer DEFAULT 0 NOT NULL,
	"arming" integer DEFAULT 0 NOT NULL,
	"mark_ms" bigint NOT NULL,
	"fire_at" timestamp (3) with time zone,
	"fired_at" timestamp (3) with time zone,
	CONSTRAINT "sla_timers_clock_id_kind_rule_id_repeat_no_key" UNIQUE NULLS NOT DISTINCT("clock_id","kind","rule_id","repeat_no"),
	CONSTRAINT "sla_timers_kind_check" CHECK ("sla_timers"."kind" in ('warn', 'breach', 'escalate')),
	CONSTRAINT "sla_timers_rule_by_kind_check" CHECK (("sla_timers"."kind" = 'escalate') = ("sla_timers"."rule_id" is not null)),
	CONSTRAINT "sla_timers_repeat_no_range_check" CHECK ("sla_timers"."repeat_no" >= 0),
	CONSTRAINT "sla_timers_arming_range_check" CHECK ("sla_timers"."arming" >= 0),
	CONSTRAINT "sla_timers_mark_range_check" CHECK ("sla_timers"."mark_ms" > 0)
) WITH (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80);
--> statement-breakpoint
CREATE TABLE "ticket_sla" (
	"ticket_id" uuid PRIMARY KEY NOT NULL,
	"customer_policy_id" uuid,
	"customer_policy_version" integer,
	"customer_pinned" boolean DEFAULT false NOT NULL,
	"internal_policy_id" uuid,
	"internal_policy_version" integer,
	"internal_pinned" boolean DEFAULT false NOT NULL,
	"config_revision" bigint NOT NULL,
	CONSTRAINT "ticket_sla_customer_pair_check" CHECK (num_nonnulls("ticket_sla"."customer_policy_id", "ticket_sla"."customer_policy_version") in (0, 2)),
	CONSTRAINT "ticket_sla_internal_pair_check" CHECK (num_nonnulls("ticket_sla"."internal_policy_id", "ticket_sla"."internal_policy_version") in (0, 2)),
	CONSTRAINT "ticket_sla_config_revision_range_check" CHECK ("ticket_sla"."config_revision" >= 0)
);
--> statement-breakpoint
CREATE TABLE "ticket_sla_clocks" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"track" text NOT NULL,
	"metric" text NOT NULL,
	"cycle" integer NOT NULL,
	"state" text NOT NULL,
	"policy_id" uuid NOT NULL,
	"policy_version" integer NOT NULL,
	"config_revision" bigint NOT NULL,
	"target_seconds" integer NOT NULL,
	"warn_before_seconds" integer,
	"snapshot_ids" uuid[] DEFAULT '{}' NOT NULL,
	"combine" text NOT NULL,
	"pause_rule" jsonb NOT NULL,
	"reopen_mode" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"late_started" boolean DEFAULT false NOT NULL,
	"segment_started_at" timestamp (3) with time zone,
	"consumed_ms" bigint DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone,
	"due_error" text,
	"breached_at" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone,
	"cancel_reason" text,
	"lateness_ms" bigint,
	"outcome_at" timestamp (3) with time zone GENERATED ALWAYS AS (coalesce(breached_at, case when state = 'met' then settled_at end)) STORED,
	"priority" text,
	"team_id" uuid,
	"inbox_id" uuid,
	"assignee_principal_id" uuid,
	"calc_version" smallint NOT NULL,
	"inputs_hash" "bytea" NOT NULL,
	CONSTRAINT "ticket_sla_clocks_ticket_id_track_metric_cycle_key" UNIQUE("ticket_id","track","metric","cycle"),
	CONSTRAINT "ticket_sla_clocks_track_check" CHECK ("ticket_sla_clocks"."track" in ('customer', 'internal')),
	CONSTRAINT "ticket_sla_clocks_metric_check" CHECK ("ticket_sla_clocks"."metric" in ('first_response', 'next_response', 'first_resolution', 'total_resolution', 'periodic_update', 'requester_wait', 'agent_work')),
	CONSTRAINT "ticket_sla_clocks_state_check" CHECK ("ticket_sla_clocks"."state" in ('running', 'paused', 'met', 'late', 'cancelled')),
	CONSTRAINT "ticket_sla_clocks_combine_check" CHECK ("ticket_sla_clocks"."combine" in ('any', 'all')),
	CONSTRAINT "ticket_sla_clocks_reopen_mode_check" CHECK ("ticket_sla_clocks"."reopen_mode" in ('continue', 'restart')),
	CONSTRAINT "ticket_sla_clocks_due_error_check" CHECK ("ticket_sla_clocks"."due_error" in ('no_open_time', 'zone_data_exhausted')),
	CONSTRAINT "ticket_sla_clocks_cancel_reason_check" CHECK ("ticket_sla_clocks"."cancel_reason" in ('no_response_needed', 'ticket_settled', 'no_policy', 'target_removed', 'ticket_deleted', 'ticket_merged')),
	CONSTRAINT "ticket_sla_clocks_priority_check" CHECK ("ticket_sla_clocks"."priority" in ('low', 'normal', 'high', 'urgent')),
	CONSTRAINT "ticket_sla_clocks_cycle_range_check" CHECK ("ticket_sla_clocks"."cycle" >= 1),
	CONSTRAINT "ticket_sla_clocks_policy_version_range_check" CHECK ("ticket_sla_clocks"."policy_version" >= 1),
	CONSTRAINT "ticket_sla_clocks_config_revision_range_check" CHECK ("ticket_sla_clocks"."config_revision" >= 0),
	CONSTRAINT "ticket_sla_clocks_target_range_check" CHECK ("ticket_sla_clocks"."target_seconds" between 1 and 36000000),
	CONSTRAINT "ticket_sla_clocks_warn_range_check" CHECK ("ticket_sla_clocks"."warn_before_seconds" >= 1 and "ticket_sla_clocks"."warn_before_seconds" < "ticket_sla_clocks"."target_seconds"),
	CONSTRAINT "ticket_sla_clocks_snapshot_ids_count_check" CHECK (cardinality("ticket_sla_clocks"."snapshot_ids") <= 4),
	CONSTRAINT "ticket_sla_clocks_pause_rule_object_check" CHECK (jsonb_typeof("ticket_sla_clocks"."pause_rule") = 'object'),
	CONSTRAINT "ticket_sla_clocks_consumed_range_check" CHECK ("ticket_sla_clocks"."consumed_ms" >= 0),
	CONSTRAINT "ticket_sla_clocks_lateness_range_check" CHECK ("ticket_sla_clocks"."lateness_ms" >= 0),
	CONSTRAINT "ticket_sla_clocks_running_segment_check" CHECK (("ticket_sla_clocks"."state" = 'running') = ("ticket_sla_clocks"."segment_started_at" is not null)),
	CONSTRAINT "ticket_sla_clocks_running_due_check" CHECK ("ticket_sla_clocks"."state" <> 'running' or num_nonnulls("ticket_sla_clocks"."due_at", "ticket_sla_clocks"."due_error") = 1),
	CONSTRAINT "ticket_sla_clocks_paused_due_check" CHECK ("ticket_sla_clocks"."state" <> 'paused' or num_nonnulls("ticket_sla_clocks"."due_at", "ticket_sla_clocks"."due_error") = 0),
	CONSTRAINT "ticket_sla_clocks_settled_check" CHECK (("ticket_sla_clocks"."state" in ('met', 'late', 'cancelled')) = ("ticket_sla_clocks"."settled_at" is not null)),
	CONSTRAINT "ticket_sla_clocks_met_in_time_check" CHECK ("ticket_sla_clocks"."state" <> 'met' or "ticket_sla_clocks"."breached_at" is null),
	CONSTRAINT "ticket_sla_clocks_late_breached_check" CHECK ("ticket_sla_clocks"."state" <> 'late' or ("ticket_sla_clocks"."breached_at" is not null and "ticket_sla_clocks"."lateness_ms" is not null)),
	CONSTRAINT "ticket_sla_clocks_cancelled_reason_check" CHECK (("ticket_sla_clocks"."state" = 'cancelled') = ("ticket_sla_clocks"."cancel_reason" is not null)),
	CONSTRAINT "ticket_sla_clocks_inputs_hash_size_check" CHECK (octet_length("ticket_sla_clocks"."inputs_hash") = 32)
);
--> statement-breakpoint
CREATE TABLE "time_zones" (
	"name" text PRIMARY KEY NOT NULL,
	"canonical" text NOT NULL,
	"tzdata_version" text NOT NULL,
	"transitions" bigint[] DEFAULT '{}' NOT NULL,
	"offsets" integer[] NOT NULL,
	"covers_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "time_zones_name_length_check" CHECK (char_length("time_zones"."name") between 1 and 64),
	CONSTRAINT "time_zones_canonical_length_check" CHECK (char_length("time_zones"."canonical") between 1 and 64),
	CONSTRAINT "time_zones_tzdata_version_length_check" CHECK (char_length("time_zones"."tzdata_version") between 1 and 20),
	CONSTRAINT "time_zones_offsets_count_check" CHECK (cardinality("time_zones"."offsets") = cardinality("time_zones"."transitions") + 1)
);
--> statement-breakpoint
ALTER TABLE "inboxes" ADD COLUMN "business_hours_id" uuid CONSTRAINT "inboxes_business_hours_id_fk" REFERENCES "public"."business_hours"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD COLUMN "sla_policy_id" uuid CONSTRAINT "tickets_sla_policy_id_fk" REFERENCES "public"."sla_policies"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD COLUMN "sla_next_due_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "business_hours" ADD CONSTRAINT "business_hours_time_zone_fk" FOREIGN KEY ("time_zone") REFERENCES "public"."time_zones"("name") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "business_hours" ADD CONSTRAINT "business_hours_snapshot_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."calendar_snapshots"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "business_hours_holiday_sets" ADD CONSTRAINT "business_hours_holiday_sets_business_hours_id_fk" FOREIGN KEY ("business_hours_id") REFERENCES "public"."business_hours"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "business_hours_holiday_sets" ADD CONSTRAINT "business_hours_holiday_sets_holiday_set_id_fk" FOREIGN KEY ("holiday_set_id") REFERENCES "public"."holiday_sets"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "calendar_snapshots" ADD CONSTRAINT "calendar_snapshots_business_hours_id_fk" FOREIGN KEY ("business_hours_id") REFERENCES "public"."business_hours"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "escalation_rules" ADD CONSTRAINT "escalation_rules_policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."sla_policies"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "holiday_sets" ADD CONSTRAINT "holiday_sets_time_zone_fk" FOREIGN KEY ("time_zone") REFERENCES "public"."time_zones"("name") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_events" ADD CONSTRAINT "sla_events_clock_id_fk" FOREIGN KEY ("clock_id") REFERENCES "public"."ticket_sla_clocks"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_events" ADD CONSTRAINT "sla_events_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_job_items" ADD CONSTRAINT "sla_job_items_job_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."sla_jobs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_policy_versions" ADD CONSTRAINT "sla_policy_versions_policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."sla_policies"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_settings" ADD CONSTRAINT "sla_settings_fallback_team_id_fk" FOREIGN KEY ("fallback_team_id") REFERENCES "public"."teams"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_target_calendars" ADD CONSTRAINT "sla_target_calendars_target_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."sla_targets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_target_calendars" ADD CONSTRAINT "sla_target_calendars_business_hours_id_fk" FOREIGN KEY ("business_hours_id") REFERENCES "public"."business_hours"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_target_pause_statuses" ADD CONSTRAINT "sla_target_pause_statuses_target_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."sla_targets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_target_pause_statuses" ADD CONSTRAINT "sla_target_pause_statuses_status_id_fk" FOREIGN KEY ("status_id") REFERENCES "public"."ticket_statuses"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_targets" ADD CONSTRAINT "sla_targets_policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."sla_policies"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_timers" ADD CONSTRAINT "sla_timers_clock_id_fk" FOREIGN KEY ("clock_id") REFERENCES "public"."ticket_sla_clocks"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sla_timers" ADD CONSTRAINT "sla_timers_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_sla" ADD CONSTRAINT "ticket_sla_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_sla" ADD CONSTRAINT "ticket_sla_customer_policy_id_fk" FOREIGN KEY ("customer_policy_id") REFERENCES "public"."sla_policies"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_sla" ADD CONSTRAINT "ticket_sla_internal_policy_id_fk" FOREIGN KEY ("internal_policy_id") REFERENCES "public"."sla_policies"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_sla_clocks" ADD CONSTRAINT "ticket_sla_clocks_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_sla_clocks" ADD CONSTRAINT "ticket_sla_clocks_policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."sla_policies"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
CREATE UNIQUE INDEX "business_hours_name_key" ON "business_hours" USING btree (lower("name")) WHERE "business_hours"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "business_hours_time_zone_idx" ON "business_hours" USING btree ("time_zone");
--> statement-breakpoint
CREATE INDEX "business_hours_snapshot_id_idx" ON "business_hours" USING btree ("snapshot_id");
--> statement-breakpoint
CREATE INDEX "business_hours_holiday_sets_holiday_set_id_idx" ON "business_hours_holiday_sets" USING btree ("holiday_set_id");
--> statement-breakpoint
CREATE INDEX "calendar_snapshots_business_hours_id_idx" ON "calendar_snapshots" USING btree ("business_hours_id");
--> statement-breakpoint
CREATE INDEX "escalation_rules_policy_id_idx" ON "escalation_rules" USING btree ("policy_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "holiday_sets_name_key" ON "holiday_sets" USING btree (lower("name")) WHERE "holiday_sets"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "holiday_sets_time_zone_idx" ON "holiday_sets" USING btree ("time_zone");
--> statement-breakpoint
CREATE INDEX "sla_events_ticket_id_id_idx" ON "sla_events" USING btree ("ticket_id","id");
--> statement-breakpoint
CREATE INDEX "sla_events_clock_id_id_idx" ON "sla_events" USING btree ("clock_id","id");
--> statement-breakpoint
CREATE INDEX "sla_events_recorded_at_idx" ON "sla_events" USING btree ("recorded_at");
--> statement-breakpoint
CREATE INDEX "sla_jobs_not_before_idx" ON "sla_jobs" USING btree ("not_before") WHERE "sla_jobs"."state" in ('pending', 'running');
--> statement-breakpoint
CREATE INDEX "sla_jobs_updated_at_idx" ON "sla_jobs" USING btree ("updated_at") WHERE "sla_jobs"."state" in ('done', 'failed', 'cancelled');
--> statement-breakpoint
CREATE UNIQUE INDEX "sla_jobs_simulation_key" ON "sla_jobs" USING btree ("kind") WHERE "sla_jobs"."kind" = 'simulation' and "sla_jobs"."state" in ('pending', 'running');
--> statement-breakpoint
CREATE UNIQUE INDEX "sla_policies_track_name_key" ON "sla_policies" USING btree ("track",lower("name")) WHERE "sla_policies"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "sla_settings_fallback_team_id_idx" ON "sla_settings" USING btree ("fallback_team_id");
--> statement-breakpoint
CREATE INDEX "sla_target_calendars_business_hours_id_idx" ON "sla_target_calendars" USING btree ("business_hours_id");
--> statement-breakpoint
CREATE INDEX "sla_target_pause_statuses_status_id_idx" ON "sla_target_pause_statuses" USING btree ("status_id");
--> statement-breakpoint
CREATE INDEX "sla_timers_fire_at_id_idx" ON "sla_timers" USING btree ("fire_at","id") WHERE "sla_timers"."fired_at" is null and "sla_timers"."fire_at" is not null;
--> statement-breakpoint
CREATE INDEX "sla_timers_fired_at_idx" ON "sla_timers" USING btree ("fired_at") WHERE "sla_timers"."fired_at" is not null;
--> statement-breakpoint
CREATE INDEX "sla_timers_ticket_id_idx" ON "sla_timers" USING btree ("ticket_id");
--> statement-breakpoint
CREATE INDEX "ticket_sla_config_revision_ticket_id_idx" ON "ticket_sla" USING btree ("config_revision","ticket_id");
--> statement-breakpoint
CREATE INDEX "ticket_sla_customer_policy_id_ticket_id_idx" ON "ticket_sla" USING btree ("customer_policy_id","ticket_id");
--> statement-breakpoint
CREATE INDEX "ticket_sla_internal_policy_id_ticket_id_idx" ON "ticket_sla" USING btree ("internal_policy_id","ticket_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_sla_clocks_open_key" ON "ticket_sla_clocks" USING btree ("ticket_id","track","metric") WHERE "ticket_sla_clocks"."state" in ('running', 'paused');
--> statement-breakpoint
CREATE INDEX "ticket_sla_clocks_outcome_at_id_idx" ON "ticket_sla_clocks" USING btree ("outcome_at","id") WHERE "ticket_sla_clocks"."outcome_at" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_sla_clocks_breached_at_id_idx" ON "ticket_sla_clocks" USING btree ("breached_at","id") WHERE "ticket_sla_clocks"."breached_at" is not null and "ticket_sla_clocks"."state" in ('running', 'paused');
--> statement-breakpoint
CREATE INDEX "ticket_sla_clocks_due_error_idx" ON "ticket_sla_clocks" USING btree ("due_error") WHERE "ticket_sla_clocks"."due_error" is not null and "ticket_sla_clocks"."state" in ('running', 'paused');
--> statement-breakpoint
CREATE INDEX "ticket_sla_clocks_policy_id_idx" ON "ticket_sla_clocks" USING btree ("policy_id");
--> statement-breakpoint
create trigger sla_events_append_only before update or delete on public.sla_events
for each row execute function public.append_only();
--> statement-breakpoint
create trigger sla_events_no_truncate before truncate on public.sla_events
for each statement execute function public.append_only();
