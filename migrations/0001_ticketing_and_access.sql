CREATE SEQUENCE "public"."ticket_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"api_key_id" uuid,
	"on_behalf_of" uuid,
	"granted_via" jsonb,
	"action" text NOT NULL,
	"outcome" text DEFAULT 'allowed' NOT NULL,
	"reason" text,
	"changed_fields" text[] DEFAULT '{}' NOT NULL,
	"dedupe_key" text,
	"target_type" text,
	"target_id" uuid,
	"event_id" uuid,
	"bulk_job_id" uuid,
	"surface" text NOT NULL,
	"request_id" uuid,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor_label" text,
	"target_label" text,
	"changes" jsonb,
	"ip" "inet",
	"country" text,
	"user_agent" text,
	"client_name" text,
	CONSTRAINT "audit_events_id_key" UNIQUE("id"),
	CONSTRAINT "audit_events_dedupe_key_key" UNIQUE("dedupe_key"),
	CONSTRAINT "audit_events_actor_kind_check" CHECK ("audit_events"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "audit_events_granted_via_array_check" CHECK (jsonb_typeof("audit_events"."granted_via") = 'array' and octet_length("audit_events"."granted_via"::text) <= 24576),
	CONSTRAINT "audit_events_action_shape_check" CHECK ("audit_events"."action" ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*){1,2}$' and char_length("audit_events"."action") <= 100),
	CONSTRAINT "audit_events_outcome_check" CHECK ("audit_events"."outcome" in ('allowed', 'denied')),
	CONSTRAINT "audit_events_reason_length_check" CHECK (char_length("audit_events"."reason") between 1 and 500),
	CONSTRAINT "audit_events_dedupe_key_length_check" CHECK (char_length("audit_events"."dedupe_key") between 1 and 200),
	CONSTRAINT "audit_events_target_type_shape_check" CHECK ("audit_events"."target_type" ~ '^[a-z][a-z0-9_]{0,63}$'),
	CONSTRAINT "audit_events_target_check" CHECK ("audit_events"."target_id" is null or "audit_events"."target_type" is not null),
	CONSTRAINT "audit_events_surface_check" CHECK ("audit_events"."surface" in ('api', 'mcp', 'widget', 'portal', 'mail', 'inbound', 'queue', 'cron', 'cli')),
	CONSTRAINT "audit_events_changes_object_check" CHECK (jsonb_typeof("audit_events"."changes") = 'object' and octet_length("audit_events"."changes"::text) <= 24576),
	CONSTRAINT "audit_events_country_shape_check" CHECK ("audit_events"."country" ~ '^[A-Z0-9]{2}$'),
	CONSTRAINT "audit_events_user_agent_length_check" CHECK (char_length("audit_events"."user_agent") <= 512),
	CONSTRAINT "audit_events_client_name_length_check" CHECK (char_length("audit_events"."client_name") <= 100)
);
--> statement-breakpoint
CREATE TABLE "audit_leaves" (
	"audit_seq" bigint PRIMARY KEY NOT NULL,
	"seal_no" bigint NOT NULL,
	"leaf_index" integer NOT NULL,
	"leaf_hash" "bytea" NOT NULL,
	"private_digest" "bytea" NOT NULL,
	"private_salt" "bytea",
	CONSTRAINT "audit_leaves_seal_no_leaf_index_key" UNIQUE("seal_no","leaf_index"),
	CONSTRAINT "audit_leaves_leaf_index_check" CHECK ("audit_leaves"."leaf_index" >= 0),
	CONSTRAINT "audit_leaves_leaf_hash_size_check" CHECK (octet_length("audit_leaves"."leaf_hash") = 32),
	CONSTRAINT "audit_leaves_private_digest_size_check" CHECK (octet_length("audit_leaves"."private_digest") = 32),
	CONSTRAINT "audit_leaves_private_salt_size_check" CHECK (octet_length("audit_leaves"."private_salt") = 32)
);
--> statement-breakpoint
CREATE TABLE "audit_seals" (
	"no" bigint PRIMARY KEY NOT NULL,
	"rows" integer NOT NULL,
	"first_seq" bigint NOT NULL,
	"last_seq" bigint NOT NULL,
	"root" "bytea" NOT NULL,
	"previous_hash" "bytea",
	"hash" "bytea" NOT NULL,
	"key_id" text NOT NULL,
	"public_key" "bytea" NOT NULL,
	"signature" "bytea" NOT NULL,
	"sealed_at" timestamp (3) with time zone NOT NULL,
	"purged_at" timestamp (3) with time zone,
	CONSTRAINT "audit_seals_no_check" CHECK ("audit_seals"."no" >= 1 and ("audit_seals"."no" = 1) = ("audit_seals"."previous_hash" is null)),
	CONSTRAINT "audit_seals_rows_check" CHECK ("audit_seals"."rows" >= 1 and "audit_seals"."first_seq" <= "audit_seals"."last_seq"),
	CONSTRAINT "audit_seals_root_size_check" CHECK (octet_length("audit_seals"."root") = 32),
	CONSTRAINT "audit_seals_previous_hash_size_check" CHECK (octet_length("audit_seals"."previous_hash") = 32),
	CONSTRAINT "audit_seals_hash_size_check" CHECK (octet_length("audit_seals"."hash") = 32),
	CONSTRAINT "audit_seals_key_id_length_check" CHECK (char_length("audit_seals"."key_id") between 1 and 120),
	CONSTRAINT "audit_seals_public_key_size_check" CHECK (octet_length("audit_seals"."public_key") = 32),
	CONSTRAINT "audit_seals_signature_size_check" CHECK (octet_length("audit_seals"."signature") = 64)
);
--> statement-breakpoint
CREATE TABLE "auth_issuer_rules" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"issuer_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"claim" text[] NOT NULL,
	"equals" text NOT NULL,
	"role_id" uuid,
	"join_team_id" uuid,
	"join_as" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "auth_issuer_rules_issuer_id_position_key" UNIQUE("issuer_id","position"),
	CONSTRAINT "auth_issuer_rules_position_check" CHECK ("auth_issuer_rules"."position" >= 0),
	CONSTRAINT "auth_issuer_rules_claim_check" CHECK (cardinality("auth_issuer_rules"."claim") >= 1),
	CONSTRAINT "auth_issuer_rules_equals_length_check" CHECK (char_length("auth_issuer_rules"."equals") between 1 and 255),
	CONSTRAINT "auth_issuer_rules_join_as_check" CHECK ("auth_issuer_rules"."join_as" in ('lead', 'member')),
	CONSTRAINT "auth_issuer_rules_one_effect_check" CHECK (("auth_issuer_rules"."role_id" is null) = ("auth_issuer_rules"."join_team_id" is not null) and ("auth_issuer_rules"."join_team_id" is null) = ("auth_issuer_rules"."join_as" is null))
);
--> statement-breakpoint
CREATE TABLE "bulk_job_items" (
	"job_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"target_id" uuid,
	"input" jsonb,
	"state" text DEFAULT 'pending' NOT NULL,
	"code" text,
	"reason" text,
	"result_id" uuid,
	CONSTRAINT "bulk_job_items_job_id_position_pk" PRIMARY KEY("job_id","position"),
	CONSTRAINT "bulk_job_items_position_check" CHECK ("bulk_job_items"."position" >= 0),
	CONSTRAINT "bulk_job_items_input_object_check" CHECK (jsonb_typeof("bulk_job_items"."input") = 'object' and octet_length("bulk_job_items"."input"::text) <= 98304),
	CONSTRAINT "bulk_job_items_state_check" CHECK ("bulk_job_items"."state" in ('pending', 'ok', 'unchanged', 'refused', 'conflict'))
);
--> statement-breakpoint
CREATE TABLE "bulk_jobs" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"principal_id" uuid,
	"api_key_id" uuid,
	"params" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"succeeded" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"undo_of_id" uuid,
	"result_attachment_id" uuid,
	"heartbeat_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "bulk_jobs_kind_check" CHECK ("bulk_jobs"."kind" in ('ticket_action', 'status_replace', 'tag_change', 'incidents', 'undo', 'release_assignee', 'close_loop', 'move_tickets', 'attach_contacts', 'erase', 'import', 'export')),
	CONSTRAINT "bulk_jobs_state_check" CHECK ("bulk_jobs"."state" in ('queued', 'running', 'done', 'cancelled', 'failed')),
	CONSTRAINT "bulk_jobs_actor_kind_check" CHECK ("bulk_jobs"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "bulk_jobs_params_object_check" CHECK (jsonb_typeof("bulk_jobs"."params") = 'object' and octet_length("bulk_jobs"."params"::text) <= 786432),
	CONSTRAINT "bulk_jobs_counters_check" CHECK ("bulk_jobs"."total" >= 0 and "bulk_jobs"."succeeded" >= 0 and "bulk_jobs"."unchanged" >= 0 and "bulk_jobs"."failed" >= 0),
	CONSTRAINT "bulk_jobs_finished_check" CHECK (("bulk_jobs"."finished_at" is null) = ("bulk_jobs"."state" in ('queued', 'running')))
);
--> statement-breakpoint
CREATE TABLE "contact_emails" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"contact_id" uuid NOT NULL,
	"email" text NOT NULL,
	"display" text,
	"is_primary" boolean DEFAULT false NOT NULL,
	"verified_at" timestamp (3) with time zone,
	"active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "contact_emails_email_length_check" CHECK (char_length("contact_emails"."email") between 3 and 254),
	CONSTRAINT "contact_emails_email_lower_check" CHECK ("contact_emails"."email" = lower("contact_emails"."email")),
	CONSTRAINT "contact_emails_display_length_check" CHECK (char_length("contact_emails"."display") between 1 and 320)
);
--> statement-breakpoint
CREATE TABLE "contact_user_links" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"contact_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"source" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"linked_at" timestamp (3) with time zone NOT NULL,
	"unlinked_at" timestamp (3) with time zone,
	CONSTRAINT "contact_user_links_source_check" CHECK ("contact_user_links"."source" in ('verified_email', 'verified_identity', 'manual')),
	CONSTRAINT "contact_user_links_actor_kind_check" CHECK ("contact_user_links"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system'))
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text,
	"title" text,
	"phone" text,
	"external_id" text,
	"organization_id" uuid,
	"organization_source" text,
	"avatar_url" text,
	"locale" text,
	"time_zone" text,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"sort_name" text NOT NULL,
	"search_text" text DEFAULT '' NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"erased_at" timestamp (3) with time zone,
	"merged_into_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "contacts_name_length_check" CHECK (char_length("contacts"."name") between 1 and 200),
	CONSTRAINT "contacts_title_length_check" CHECK (char_length("contacts"."title") <= 200),
	CONSTRAINT "contacts_phone_length_check" CHECK (char_length("contacts"."phone") between 1 and 40),
	CONSTRAINT "contacts_external_id_length_check" CHECK (char_length("contacts"."external_id") between 1 and 255),
	CONSTRAINT "contacts_organization_source_check" CHECK ("contacts"."organization_source" in ('manual', 'domain', 'import', 'api')),
	CONSTRAINT "contacts_source_check" CHECK ("contacts"."organization_id" is null or "contacts"."organization_source" is not null),
	CONSTRAINT "contacts_avatar_url_check" CHECK ("contacts"."avatar_url" like 'https://%' and char_length("contacts"."avatar_url") <= 2048),
	CONSTRAINT "contacts_locale_length_check" CHECK (char_length("contacts"."locale") between 1 and 35),
	CONSTRAINT "contacts_time_zone_length_check" CHECK (char_length("contacts"."time_zone") between 1 and 64),
	CONSTRAINT "contacts_attributes_object_check" CHECK (jsonb_typeof("contacts"."attributes") = 'object' and octet_length("contacts"."attributes"::text) <= 49152),
	CONSTRAINT "contacts_erased_check" CHECK ("contacts"."erased_at" is null or ("contacts"."archived_at" is not null and num_nonnulls("contacts"."title", "contacts"."phone", "contacts"."external_id", "contacts"."avatar_url") = 0)),
	CONSTRAINT "contacts_merged_check" CHECK ("contacts"."merged_into_id" is null or ("contacts"."merged_into_id" <> "contacts"."id" and "contacts"."archived_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "conversation_ticket_messages" (
	"ticket_message_id" uuid NOT NULL,
	"chat_message_id" uuid NOT NULL,
	CONSTRAINT "conversation_ticket_messages_ticket_message_id_pk" PRIMARY KEY("ticket_message_id")
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"kind" text NOT NULL,
	"ref_id" text NOT NULL,
	"queue" text,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"count" integer DEFAULT 1 NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"actor_kind" text,
	"actor_id" uuid,
	"actor_label" text,
	"ended_at" timestamp (3) with time zone,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "dead_letters_kind_check" CHECK ("dead_letters"."kind" in ('fanout', 'sink_standing', 'loop_stopped', 'crashed', 'events', 'webhook_recover', 'bulk_job', 'sla_wake', 'sla_job', 'sla_escalation', 'routing', 'assign', 'segment', 'segments_dirty', 'content_due', 'delivery', 'github_inbound', 'github_issue', 'github_reconcile', 'github_backfill', 'mail_inbound', 'mail_send', 'notify_mail', 'widget_code', 'invitation', 'mail_event')),
	CONSTRAINT "dead_letters_ref_id_length_check" CHECK (char_length("dead_letters"."ref_id") between 1 and 200),
	CONSTRAINT "dead_letters_queue_length_check" CHECK (char_length("dead_letters"."queue") between 1 and 64),
	CONSTRAINT "dead_letters_detail_object_check" CHECK (jsonb_typeof("dead_letters"."detail") = 'object' and octet_length("dead_letters"."detail"::text) <= 24576),
	CONSTRAINT "dead_letters_count_check" CHECK ("dead_letters"."count" >= 1),
	CONSTRAINT "dead_letters_state_check" CHECK ("dead_letters"."state" in ('open', 'replayed', 'discarded')),
	CONSTRAINT "dead_letters_actor_kind_check" CHECK ("dead_letters"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "dead_letters_ended_check" CHECK (("dead_letters"."state" = 'open') = ("dead_letters"."ended_at" is null) and ("dead_letters"."ended_at" is null) = ("dead_letters"."actor_kind" is null))
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"event_id" uuid NOT NULL,
	"position" bigint,
	"sink" text NOT NULL,
	"target_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"entity_seq" bigint NOT NULL,
	"previous_seq" bigint,
	"state" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	"round" smallint DEFAULT 1 NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"recovery" boolean DEFAULT false NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"lease_token" uuid,
	"last_status" smallint,
	"last_outcome" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"first_attempt_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "deliveries_sink_check" CHECK ("deliveries"."sink" in ('webhook', 'chat', 'github', 'sla_escalation', 'routing')),
	CONSTRAINT "deliveries_state_check" CHECK ("deliveries"."state" in ('pending', 'sending', 'delivered', 'retry', 'dead', 'cancelled')),
	CONSTRAINT "deliveries_last_outcome_check" CHECK ("deliveries"."last_outcome" in ('delivered', 'http_error', 'redirect', 'gone', 'timeout', 'network', 'dns', 'blocked', 'lost')),
	CONSTRAINT "deliveries_reason_shape_check" CHECK ("deliveries"."reason" ~ '^[a-z][a-z0-9_]{0,63}$'),
	CONSTRAINT "deliveries_position_check" CHECK ("deliveries"."position" > 0),
	CONSTRAINT "deliveries_entity_seq_check" CHECK ("deliveries"."entity_seq" > 0),
	CONSTRAINT "deliveries_previous_seq_check" CHECK ("deliveries"."previous_seq" > 0 and "deliveries"."previous_seq" < "deliveries"."entity_seq"),
	CONSTRAINT "deliveries_counts_check" CHECK ("deliveries"."round" >= 1 and "deliveries"."attempts" >= 0),
	CONSTRAINT "deliveries_ended_check" CHECK (("deliveries"."state" in ('delivered', 'dead', 'cancelled')) = ("deliveries"."ended_at" is not null) and ("deliveries"."ended_at" is null) = ("deliveries"."next_attempt_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "email_messages" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"direction" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"ref_id" uuid,
	"channel_id" uuid,
	"ticket_id" uuid,
	"message_id" uuid,
	"message_audience" text,
	"recipient_kind" text,
	"from_address" text,
	"to_address" text,
	"subject" text,
	"wire_id" text,
	"in_reply_to" text,
	"wire_refs" text[] DEFAULT '{}' NOT NULL,
	"provider" text,
	"provider_id" text,
	"decision" jsonb,
	"raw_key" text,
	"size_bytes" integer,
	"dedupe_key" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"last_error" text,
	"sent_at" timestamp (3) with time zone,
	"final_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "email_messages_dedupe_key_key" UNIQUE("dedupe_key"),
	CONSTRAINT "email_messages_direction_check" CHECK ("email_messages"."direction" in ('inbound', 'outbound')),
	CONSTRAINT "email_messages_kind_check" CHECK ("email_messages"."kind" in ('reply', 'ack', 'status', 'rating', 'notification', 'notice', 'code', 'invitation', 'inbound', 'bounce')),
	CONSTRAINT "email_messages_state_check" CHECK ("email_messages"."state" in ('queued', 'sending', 'sent', 'delivered', 'deferred', 'bounced', 'complained', 'retry', 'failed', 'suppressed', 'cancelled', 'accepted', 'quarantined', 'dropped', 'discarded')),
	CONSTRAINT "email_messages_message_audience_check" CHECK ("email_messages"."message_audience" in ('public', 'internal', 'shared_team')),
	CONSTRAINT "email_messages_recipient_kind_check" CHECK ("email_messages"."recipient_kind" in ('customer', 'agent')),
	CONSTRAINT "email_messages_kind_by_direction_check" CHECK (("email_messages"."direction" = 'inbound') = ("email_messages"."kind" in ('inbound', 'bounce'))),
	CONSTRAINT "email_messages_state_by_direction_check" CHECK (("email_messages"."direction" = 'inbound') = ("email_messages"."state" in ('accepted', 'quarantined', 'dropped', 'discarded'))),
	CONSTRAINT "email_messages_message_pair_check" CHECK (num_nonnulls("email_messages"."message_id", "email_messages"."message_audience") in (0, 2)),
	CONSTRAINT "email_messages_recipient_known_check" CHECK ("email_messages"."direction" = 'inbound' or "email_messages"."recipient_kind" is not null),
	CONSTRAINT "email_messages_firewall_check" CHECK ("email_messages"."direction" = 'inbound' or "email_messages"."recipient_kind" = 'agent' or "email_messages"."message_id" is null or "email_messages"."message_audience" = 'public'),
	CONSTRAINT "email_messages_from_address_length_check" CHECK (char_length("email_messages"."from_address") between 1 and 320),
	CONSTRAINT "email_messages_to_address_length_check" CHECK (char_length("email_messages"."to_address") between 1 and 320),
	CONSTRAINT "email_messages_subject_length_check" CHECK (char_length("email_messages"."subject") <= 998),
	CONSTRAINT "email_messages_wire_id_size_check" CHECK (octet_length("email_messages"."wire_id") between 1 and 998),
	CONSTRAINT "email_messages_in_reply_to_length_check" CHECK (char_length("email_messages"."in_reply_to") between 1 and 998),
	CONSTRAINT "email_messages_provider_length_check" CHECK (char_length("email_messages"."provider") between 1 and 40),
	CONSTRAINT "email_messages_provider_id_length_check" CHECK (char_length("email_messages"."provider_id") between 1 and 300),
	CONSTRAINT "email_messages_raw_key_length_check" CHECK (char_length("email_messages"."raw_key") between 1 and 1024),
	CONSTRAINT "email_messages_dedupe_key_length_check" CHECK (char_length("email_messages"."dedupe_key") between 1 and 300),
	CONSTRAINT "email_messages_from_address_lower_check" CHECK ("email_messages"."from_address" = lower("email_messages"."from_address")),
	CONSTRAINT "email_messages_to_address_lower_check" CHECK ("email_messages"."to_address" = lower("email_messages"."to_address")),
	CONSTRAINT "email_messages_wire_refs_count_check" CHECK (cardinality("email_messages"."wire_refs") <= 100),
	CONSTRAINT "email_messages_decision_object_check" CHECK (jsonb_typeof("email_messages"."decision") = 'object'),
	CONSTRAINT "email_messages_size_range_check" CHECK ("email_messages"."size_bytes" >= 0),
	CONSTRAINT "email_messages_attempts_range_check" CHECK ("email_messages"."attempts" >= 0),
	CONSTRAINT "email_messages_lease_pair_check" CHECK (num_nonnulls("email_messages"."lease_token", "email_messages"."lease_until") in (0, 2))
);
--> statement-breakpoint
CREATE TABLE "event_bodies" (
	"event_id" uuid NOT NULL,
	"payload_version" date NOT NULL,
	"form" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_bodies_event_id_payload_version_form_pk" PRIMARY KEY("event_id","payload_version","form"),
	CONSTRAINT "event_bodies_form_shape_check" CHECK ("event_bodies"."form" ~ '^(public|internal|shared_team)[.](full|thin)$'),
	CONSTRAINT "event_bodies_bytes_size_check" CHECK (octet_length("event_bodies"."bytes") <= 98304)
);
--> statement-breakpoint
CREATE TABLE "event_sinks" (
	"sink" text PRIMARY KEY NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"last_error" text,
	"retry_at" timestamp (3) with time zone,
	CONSTRAINT "event_sinks_sink_check" CHECK ("event_sinks"."sink" in ('stream', 'webhook', 'chat', 'github', 'email', 'notify', 'sla_escalation', 'routing')),
	CONSTRAINT "event_sinks_position_check" CHECK ("event_sinks"."position" >= 0),
	CONSTRAINT "event_sinks_last_error_length_check" CHECK (char_length("event_sinks"."last_error") <= 2000)
);
--> statement-breakpoint
CREATE TABLE "events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"position" bigint,
	"type" text NOT NULL,
	"schema_version" date NOT NULL,
	"entity_type" text NOT NULL,
	"entity_id" uuid NOT NULL,
	"entity_seq" bigint NOT NULL,
	"audience" text DEFAULT 'internal' NOT NULL,
	"audience_team_id" uuid,
	"inbox_ids" uuid[] DEFAULT '{}' NOT NULL,
	"team_ids" uuid[] DEFAULT '{}' NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"surface" text NOT NULL,
	"payload" jsonb NOT NULL,
	"erased_at" timestamp (3) with time zone,
	"origin" uuid,
	"origin_ref" text,
	"silent" boolean DEFAULT false NOT NULL,
	"test" boolean DEFAULT false NOT NULL,
	"causation_id" uuid,
	"depth" smallint DEFAULT 0 NOT NULL,
	"request_id" uuid,
	"dedupe_key" text,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"dispatched_at" timestamp (3) with time zone,
	CONSTRAINT "events_id_key" UNIQUE("id"),
	CONSTRAINT "events_entity_id_entity_seq_key" UNIQUE("entity_id","entity_seq"),
	CONSTRAINT "events_position_key" UNIQUE("position"),
	CONSTRAINT "events_dedupe_key_key" UNIQUE("dedupe_key"),
	CONSTRAINT "events_type_shape_check" CHECK ("events"."type" ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*){1,2}$' and char_length("events"."type") <= 100),
	CONSTRAINT "events_entity_type_shape_check" CHECK ("events"."entity_type" ~ '^[a-z][a-z0-9_]{0,63}$'),
	CONSTRAINT "events_entity_seq_check" CHECK ("events"."entity_seq" > 0),
	CONSTRAINT "events_position_check" CHECK ("events"."position" is null or ("events"."position" > 0 and not "events"."test")),
	CONSTRAINT "events_dispatched_check" CHECK (("events"."position" is null) = ("events"."dispatched_at" is null)),
	CONSTRAINT "events_audience_check" CHECK ("events"."audience" in ('public', 'internal', 'shared_team')),
	CONSTRAINT "events_audience_team_check" CHECK (("events"."audience" = 'shared_team') = ("events"."audience_team_id" is not null)),
	CONSTRAINT "events_actor_kind_check" CHECK ("events"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "events_surface_check" CHECK ("events"."surface" in ('api', 'mcp', 'widget', 'portal', 'mail', 'inbound', 'queue', 'cron', 'cli')),
	CONSTRAINT "events_payload_object_check" CHECK (jsonb_typeof("events"."payload") = 'object' and octet_length("events"."payload"::text) <= 98304),
	CONSTRAINT "events_origin_ref_length_check" CHECK (char_length("events"."origin_ref") between 1 and 200),
	CONSTRAINT "events_depth_check" CHECK ("events"."depth" between 0 and 100),
	CONSTRAINT "events_dedupe_key_length_check" CHECK (char_length("events"."dedupe_key") between 1 and 200)
);
--> statement-breakpoint
CREATE TABLE "free_mail_domains" (
	"domain" text PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	CONSTRAINT "free_mail_domains_domain_lower_check" CHECK ("free_mail_domains"."domain" = lower("free_mail_domains"."domain")),
	CONSTRAINT "free_mail_domains_source_check" CHECK ("free_mail_domains"."source" in ('shipped', 'custom'))
);
--> statement-breakpoint
CREATE TABLE "inbox_channels" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"inbox_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"label" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"external_id" text,
	"enabled" boolean DEFAULT true NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "inbox_channels_kind_check" CHECK ("inbox_channels"."kind" in ('portal', 'email', 'api', 'widget', 'github', 'chat')),
	CONSTRAINT "inbox_channels_label_length_check" CHECK (char_length("inbox_channels"."label") between 1 and 120),
	CONSTRAINT "inbox_channels_external_id_length_check" CHECK (char_length("inbox_channels"."external_id") between 1 and 254),
	CONSTRAINT "inbox_channels_email_lower_check" CHECK ("inbox_channels"."kind" <> 'email' or "inbox_channels"."external_id" = lower("inbox_channels"."external_id")),
	CONSTRAINT "inbox_channels_external_id_by_kind_check" CHECK (case when "inbox_channels"."kind" in ('portal', 'chat') then "inbox_channels"."external_id" is null
        when "inbox_channels"."kind" = 'api' then true else "inbox_channels"."external_id" is not null end),
	CONSTRAINT "inbox_channels_settings_object_check" CHECK (jsonb_typeof("inbox_channels"."settings") = 'object')
);
--> statement-breakpoint
CREATE TABLE "inbox_memberships" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"inbox_id" uuid NOT NULL,
	"principal_id" uuid NOT NULL,
	"role" text DEFAULT 'agent' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_memberships_inbox_id_principal_id_key" UNIQUE("inbox_id","principal_id"),
	CONSTRAINT "inbox_memberships_role_check" CHECK ("inbox_memberships"."role" in ('owner', 'agent', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "inboxes" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"slug" text NOT NULL,
	"description" text,
	"color" text,
	"icon" text,
	"is_default" boolean DEFAULT false NOT NULL,
	"primary_team_id" uuid,
	"default_status_id" uuid,
	"default_priority" text,
	"default_visibility" text,
	"assignment_method" text DEFAULT 'manual' NOT NULL,
	"ticket_overrides" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "inboxes_default_priority_check" CHECK ("inboxes"."default_priority" in ('low', 'normal', 'high', 'urgent')),
	CONSTRAINT "inboxes_default_visibility_check" CHECK ("inboxes"."default_visibility" in ('team', 'org', 'shared', 'private')),
	CONSTRAINT "inboxes_assignment_method_check" CHECK ("inboxes"."assignment_method" in ('manual', 'round_robin', 'balanced')),
	CONSTRAINT "inboxes_name_length_check" CHECK (char_length("inboxes"."name") between 1 and 120),
	CONSTRAINT "inboxes_description_length_check" CHECK (char_length("inboxes"."description") <= 2000),
	CONSTRAINT "inboxes_icon_length_check" CHECK (char_length("inboxes"."icon") between 1 and 64),
	CONSTRAINT "inboxes_slug_shape_check" CHECK ("inboxes"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("inboxes"."slug") <= 64),
	CONSTRAINT "inboxes_color_shape_check" CHECK ("inboxes"."color" ~ '^#[0-9a-f]{6}$'),
	CONSTRAINT "inboxes_default_is_live_check" CHECK (not "inboxes"."is_default" or "inboxes"."archived_at" is null),
	CONSTRAINT "inboxes_ticket_overrides_object_check" CHECK (jsonb_typeof("inboxes"."ticket_overrides") = 'object')
);
--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"role_id" uuid,
	"role_days" integer,
	"team_ids" uuid[] DEFAULT '{}' NOT NULL,
	"note" text,
	"state" text DEFAULT 'pending' NOT NULL,
	"token_hash" "bytea",
	"expires_at" timestamp (3) with time zone NOT NULL,
	"invited_by_principal_id" uuid NOT NULL,
	"accepted_principal_id" uuid,
	"accepted_at" timestamp (3) with time zone,
	"last_sent_at" timestamp (3) with time zone,
	"send_count" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "invitation_token_hash_key" UNIQUE("token_hash"),
	CONSTRAINT "invitation_email_lower_check" CHECK ("invitation"."email" = lower("invitation"."email")),
	CONSTRAINT "invitation_email_length_check" CHECK (char_length("invitation"."email") between 1 and 254),
	CONSTRAINT "invitation_name_length_check" CHECK (char_length("invitation"."name") between 1 and 120),
	CONSTRAINT "invitation_note_length_check" CHECK (char_length("invitation"."note") between 1 and 500),
	CONSTRAINT "invitation_role_days_check" CHECK ("invitation"."role_days" is null or ("invitation"."role_days" >= 1 and "invitation"."role_id" is not null)),
	CONSTRAINT "invitation_team_ids_check" CHECK (cardinality("invitation"."team_ids") <= 100),
	CONSTRAINT "invitation_state_check" CHECK ("invitation"."state" in ('pending', 'accepted', 'revoked')),
	CONSTRAINT "invitation_token_hash_size_check" CHECK (octet_length("invitation"."token_hash") = 32),
	CONSTRAINT "invitation_accepted_check" CHECK (("invitation"."state" = 'accepted') = ("invitation"."accepted_at" is not null) and ("invitation"."accepted_at" is null) = ("invitation"."accepted_principal_id" is null)),
	CONSTRAINT "invitation_send_count_check" CHECK ("invitation"."send_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "macros" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"audience" text NOT NULL,
	"owner_principal_id" uuid,
	"team_id" uuid,
	"position" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	"body" text,
	"message_audience" text,
	"actions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	CONSTRAINT "macros_name_length_check" CHECK (char_length("macros"."name") between 1 and 80),
	CONSTRAINT "macros_audience_check" CHECK ("macros"."audience" in ('private', 'team', 'everyone')),
	CONSTRAINT "macros_owner_check" CHECK (("macros"."owner_principal_id" is not null) = ("macros"."audience" = 'private')),
	CONSTRAINT "macros_team_check" CHECK (("macros"."team_id" is not null) = ("macros"."audience" = 'team')),
	CONSTRAINT "macros_position_check" CHECK ("macros"."position" >= 0),
	CONSTRAINT "macros_body_length_check" CHECK (char_length("macros"."body") between 1 and 10000),
	CONSTRAINT "macros_message_audience_check" CHECK ("macros"."message_audience" in ('public', 'internal')),
	CONSTRAINT "macros_message_check" CHECK (("macros"."body" is null) = ("macros"."message_audience" is null)),
	CONSTRAINT "macros_actions_check" CHECK (case when jsonb_typeof("macros"."actions") = 'array' then jsonb_array_length("macros"."actions") <= 20 else false end)
);
--> statement-breakpoint
CREATE TABLE "notification_batches" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"principal_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"ticket_id" uuid,
	"due_at" timestamp (3) with time zone NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"reason" text,
	"mail_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "notification_batches_kind_check" CHECK ("notification_batches"."kind" in ('ticket', 'digest', 'direct')),
	CONSTRAINT "notification_batches_ticket_check" CHECK (("notification_batches"."kind" = 'ticket') = ("notification_batches"."ticket_id" is not null)),
	CONSTRAINT "notification_batches_state_check" CHECK ("notification_batches"."state" in ('waiting', 'handed', 'cancelled')),
	CONSTRAINT "notification_batches_reason_shape_check" CHECK ("notification_batches"."reason" ~ '^[a-z][a-z0-9_]{0,63}$')
);
--> statement-breakpoint
CREATE TABLE "object_deletions" (
	"storage_key" text PRIMARY KEY NOT NULL,
	"not_before" timestamp (3) with time zone NOT NULL,
	"done_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "organization_domains" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"organization_id" uuid NOT NULL,
	"domain" text NOT NULL,
	"is_primary" boolean DEFAULT false NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "organization_domains_domain_shape_check" CHECK ("organization_domains"."domain" ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
	CONSTRAINT "organization_domains_domain_length_check" CHECK (char_length("organization_domains"."domain") between 1 and 253)
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"external_id" text,
	"website" text,
	"notes" text,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"share_new_tickets" boolean DEFAULT false NOT NULL,
	"colleague_access" text DEFAULT 'comment' NOT NULL,
	"sort_name" text NOT NULL,
	"search_text" text DEFAULT '' NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"merged_into_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "organizations_name_length_check" CHECK (char_length("organizations"."name") between 1 and 200),
	CONSTRAINT "organizations_external_id_length_check" CHECK (char_length("organizations"."external_id") between 1 and 255),
	CONSTRAINT "organizations_website_length_check" CHECK (char_length("organizations"."website") between 1 and 2048),
	CONSTRAINT "organizations_notes_length_check" CHECK (char_length("organizations"."notes") <= 5000),
	CONSTRAINT "organizations_attributes_object_check" CHECK (jsonb_typeof("organizations"."attributes") = 'object' and octet_length("organizations"."attributes"::text) <= 49152),
	CONSTRAINT "organizations_colleague_access_check" CHECK ("organizations"."colleague_access" in ('view', 'comment')),
	CONSTRAINT "organizations_merged_check" CHECK ("organizations"."merged_into_id" is null or ("organizations"."merged_into_id" <> "organizations"."id" and "organizations"."archived_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "permissions" (
	"key" text PRIMARY KEY NOT NULL,
	"category" text NOT NULL,
	"resource" text NOT NULL,
	"scope_kinds" text[] NOT NULL,
	"level" text,
	"implies" text[] DEFAULT '{}' NOT NULL,
	"sensitive" boolean DEFAULT false NOT NULL,
	"description" text NOT NULL,
	"retired_at" timestamp (3) with time zone,
	CONSTRAINT "permissions_key_shape_check" CHECK ("permissions"."key" ~ '^[a-z][a-z_]*[.][a-z][a-z_]*$' and char_length("permissions"."key") <= 64),
	CONSTRAINT "permissions_scope_kinds_check" CHECK ("permissions"."scope_kinds" <@ array['workspace', 'team', 'inbox']::text[]),
	CONSTRAINT "permissions_scope_kinds_some_check" CHECK (cardinality("permissions"."scope_kinds") >= 1),
	CONSTRAINT "permissions_level_check" CHECK ("permissions"."level" in ('read', 'comment', 'full', 'own')),
	CONSTRAINT "permissions_category_length_check" CHECK (char_length("permissions"."category") between 1 and 120),
	CONSTRAINT "permissions_resource_length_check" CHECK (char_length("permissions"."resource") between 1 and 120),
	CONSTRAINT "permissions_description_length_check" CHECK (char_length("permissions"."description") between 1 and 2000)
);
--> statement-breakpoint
CREATE TABLE "principal_role_assignments" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"principal_id" uuid NOT NULL,
	"role_id" uuid NOT NULL,
	"scope_kind" text DEFAULT 'workspace' NOT NULL,
	"team_id" uuid,
	"inbox_id" uuid,
	"granted_by_principal_id" uuid,
	"reason" text,
	"source" text DEFAULT 'manual' NOT NULL,
	"issuer_id" uuid,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"revoke_reason" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "principal_role_assignments_scope_kind_check" CHECK ("principal_role_assignments"."scope_kind" in ('workspace', 'team', 'inbox')),
	CONSTRAINT "principal_role_assignments_source_check" CHECK ("principal_role_assignments"."source" in ('manual', 'invitation', 'issuer', 'setup')),
	CONSTRAINT "principal_role_assignments_revoke_reason_check" CHECK ("principal_role_assignments"."revoke_reason" in ('manual', 'expired', 'member_removed', 'role_deleted', 'issuer_sync')),
	CONSTRAINT "principal_role_assignments_scope_check" CHECK (("principal_role_assignments"."scope_kind" = 'team') = ("principal_role_assignments"."team_id" is not null) and ("principal_role_assignments"."scope_kind" = 'inbox') = ("principal_role_assignments"."inbox_id" is not null)),
	CONSTRAINT "principal_role_assignments_issuer_check" CHECK (("principal_role_assignments"."source" = 'issuer') = ("principal_role_assignments"."issuer_id" is not null)),
	CONSTRAINT "principal_role_assignments_revoked_check" CHECK (("principal_role_assignments"."revoked_at" is null) = ("principal_role_assignments"."revoke_reason" is null)),
	CONSTRAINT "principal_role_assignments_expires_later_check" CHECK ("principal_role_assignments"."expires_at" > "principal_role_assignments"."created_at"),
	CONSTRAINT "principal_role_assignments_reason_length_check" CHECK (char_length("principal_role_assignments"."reason") between 1 and 500)
);
--> statement-breakpoint
CREATE TABLE "public_suffixes" (
	"suffix" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	CONSTRAINT "public_suffixes_suffix_lower_check" CHECK ("public_suffixes"."suffix" = lower("public_suffixes"."suffix")),
	CONSTRAINT "public_suffixes_kind_check" CHECK ("public_suffixes"."kind" in ('rule', 'wildcard', 'exception'))
);
--> statement-breakpoint
CREATE TABLE "role_permissions" (
	"role_id" uuid NOT NULL,
	"permission_key" text NOT NULL,
	CONSTRAINT "role_permissions_role_id_permission_key_pk" PRIMARY KEY("role_id","permission_key")
);
--> statement-breakpoint
CREATE TABLE "roles" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"is_system" boolean DEFAULT false NOT NULL,
	"means" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "roles_key_shape_check" CHECK ("roles"."key" ~ '^[a-z][a-z0-9_-]{0,63}$'),
	CONSTRAINT "roles_name_length_check" CHECK (char_length("roles"."name") between 1 and 120),
	CONSTRAINT "roles_description_length_check" CHECK (char_length("roles"."description") <= 2000)
);
--> statement-breakpoint
CREATE TABLE "saved_views" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"audience" text NOT NULL,
	"owner_principal_id" uuid,
	"team_id" uuid,
	"position" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	"filter" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"sort" text DEFAULT '-lastActivity' NOT NULL,
	"columns" text[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "saved_views_name_length_check" CHECK (char_length("saved_views"."name") between 1 and 80),
	CONSTRAINT "saved_views_audience_check" CHECK ("saved_views"."audience" in ('private', 'team', 'everyone')),
	CONSTRAINT "saved_views_owner_check" CHECK (("saved_views"."owner_principal_id" is not null) = ("saved_views"."audience" = 'private')),
	CONSTRAINT "saved_views_team_check" CHECK (("saved_views"."team_id" is not null) = ("saved_views"."audience" = 'team')),
	CONSTRAINT "saved_views_position_check" CHECK ("saved_views"."position" >= 0),
	CONSTRAINT "saved_views_filter_object_check" CHECK (jsonb_typeof("saved_views"."filter") = 'object' and octet_length("saved_views"."filter"::text) <= 24576),
	CONSTRAINT "saved_views_sort_length_check" CHECK (char_length("saved_views"."sort") between 1 and 40),
	CONSTRAINT "saved_views_columns_check" CHECK (cardinality("saved_views"."columns") <= 50)
);
--> statement-breakpoint
CREATE TABLE "team_memberships" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"team_id" uuid NOT NULL,
	"principal_id" uuid NOT NULL,
	"role" text DEFAULT 'member' NOT NULL,
	"source" text DEFAULT 'manual' NOT NULL,
	"issuer_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "team_memberships_team_id_principal_id_key" UNIQUE("team_id","principal_id"),
	CONSTRAINT "team_memberships_role_check" CHECK ("team_memberships"."role" in ('lead', 'member')),
	CONSTRAINT "team_memberships_source_check" CHECK ("team_memberships"."source" in ('manual', 'issuer')),
	CONSTRAINT "team_memberships_issuer_check" CHECK (("team_memberships"."source" = 'issuer') = ("team_memberships"."issuer_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "teams" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"short_label" text,
	"color" text,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "teams_name_length_check" CHECK (char_length("teams"."name") between 1 and 120),
	CONSTRAINT "teams_description_length_check" CHECK (char_length("teams"."description") <= 2000),
	CONSTRAINT "teams_short_label_length_check" CHECK (char_length("teams"."short_label") between 1 and 8),
	CONSTRAINT "teams_slug_shape_check" CHECK ("teams"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("teams"."slug") <= 64),
	CONSTRAINT "teams_color_shape_check" CHECK ("teams"."color" ~ '^#[0-9a-f]{6}$')
);
--> statement-breakpoint
CREATE TABLE "ticket_activity" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"version" integer,
	"type" text NOT NULL,
	"audience" text NOT NULL,
	"team_id" uuid,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"cause" text NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"bulk_job_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ticket_activity_revision_check" CHECK ("ticket_activity"."revision" >= 1 and "ticket_activity"."version" >= 1),
	CONSTRAINT "ticket_activity_type_check" CHECK ("ticket_activity"."type" in ('created', 'updated', 'status_changed', 'assigned', 'tagged', 'message_edited', 'message_deleted', 'message_redacted', 'attachment_added', 'attachment_removed', 'participant_changed', 'share_changed', 'linked', 'unlinked', 'merged', 'unmerged', 'deleted', 'restored', 'rated', 'sla.policy_matched', 'sla.breached', 'sla.escalated', 'ticket.routed', 'issue_linked', 'issue_unlinked', 'issue_changed', 'issue_closed', 'comment_shared', 'mail_bounced', 'sender_unverified')),
	CONSTRAINT "ticket_activity_audience_check" CHECK ("ticket_activity"."audience" in ('public', 'internal', 'shared_team')),
	CONSTRAINT "ticket_activity_shared_team_check" CHECK (("ticket_activity"."team_id" is not null) = ("ticket_activity"."audience" = 'shared_team')),
	CONSTRAINT "ticket_activity_actor_kind_check" CHECK ("ticket_activity"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "ticket_activity_cause_check" CHECK ("ticket_activity"."cause" in ('agent', 'customer', 'customer_reply', 'api', 'macro', 'bulk', 'routing', 'sla', 'integration', 'wake', 'auto_close', 'merge', 'follow_up')),
	CONSTRAINT "ticket_activity_data_object_check" CHECK (jsonb_typeof("ticket_activity"."data") = 'object' and octet_length("ticket_activity"."data"::text) <= 196608)
);
--> statement-breakpoint
CREATE TABLE "ticket_attachments" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid,
	"message_id" uuid,
	"state" text DEFAULT 'staged' NOT NULL,
	"purpose" text DEFAULT 'message' NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"filename" text NOT NULL,
	"declared_type" text,
	"content_type" text NOT NULL,
	"unsafe" boolean DEFAULT false NOT NULL,
	"size_bytes" integer NOT NULL,
	"sha256" "bytea" NOT NULL,
	"storage_key" text NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"attached_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ticket_attachments_storage_key_key" UNIQUE("storage_key"),
	CONSTRAINT "ticket_attachments_state_check" CHECK ("ticket_attachments"."state" in ('staged', 'attached')),
	CONSTRAINT "ticket_attachments_attached_check" CHECK ("ticket_attachments"."state" <> 'attached' or ("ticket_attachments"."ticket_id" is not null and "ticket_attachments"."message_id" is not null)),
	CONSTRAINT "ticket_attachments_staged_ends_check" CHECK ("ticket_attachments"."state" <> 'staged' or "ticket_attachments"."expires_at" is not null),
	CONSTRAINT "ticket_attachments_purpose_check" CHECK ("ticket_attachments"."purpose" in ('message', 'import', 'export')),
	CONSTRAINT "ticket_attachments_actor_kind_check" CHECK ("ticket_attachments"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "ticket_attachments_filename_bytes_check" CHECK (octet_length("ticket_attachments"."filename") between 1 and 255),
	CONSTRAINT "ticket_attachments_declared_type_length_check" CHECK (char_length("ticket_attachments"."declared_type") <= 255),
	CONSTRAINT "ticket_attachments_content_type_length_check" CHECK (char_length("ticket_attachments"."content_type") between 1 and 255),
	CONSTRAINT "ticket_attachments_size_bytes_check" CHECK ("ticket_attachments"."size_bytes" > 0),
	CONSTRAINT "ticket_attachments_sha256_size_check" CHECK (octet_length("ticket_attachments"."sha256") = 32)
);
--> statement-breakpoint
CREATE TABLE "ticket_fields" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"applies_to" text NOT NULL,
	"key" text NOT NULL,
	"type" text NOT NULL,
	"label" text NOT NULL,
	"options" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"default_value" jsonb,
	"min" numeric,
	"max" numeric,
	"required_on" text DEFAULT 'none' NOT NULL,
	"portal" text DEFAULT 'hidden' NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "ticket_fields_applies_to_key_key" UNIQUE("applies_to","key"),
	CONSTRAINT "ticket_fields_applies_to_check" CHECK ("ticket_fields"."applies_to" in ('ticket', 'contact', 'organization')),
	CONSTRAINT "ticket_fields_key_shape_check" CHECK ("ticket_fields"."key" ~ '^[a-z][a-z0-9_]{0,39}$'),
	CONSTRAINT "ticket_fields_type_check" CHECK ("ticket_fields"."type" in ('text', 'long_text', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'select', 'multi_select', 'url')),
	CONSTRAINT "ticket_fields_label_length_check" CHECK (char_length("ticket_fields"."label") between 1 and 80),
	CONSTRAINT "ticket_fields_options_check" CHECK (case when jsonb_typeof("ticket_fields"."options") = 'array' then jsonb_array_length("ticket_fields"."options") <= 200 else false end),
	CONSTRAINT "ticket_fields_options_type_check" CHECK ("ticket_fields"."type" in ('select', 'multi_select') or "ticket_fields"."options" = '[]'::jsonb),
	CONSTRAINT "ticket_fields_bounds_check" CHECK ("ticket_fields"."min" <= "ticket_fields"."max"),
	CONSTRAINT "ticket_fields_required_on_check" CHECK ("ticket_fields"."required_on" in ('none', 'create', 'solve')),
	CONSTRAINT "ticket_fields_portal_check" CHECK ("ticket_fields"."portal" in ('hidden', 'visible', 'editable')),
	CONSTRAINT "ticket_fields_position_check" CHECK ("ticket_fields"."position" >= 0)
);
--> statement-breakpoint
CREATE TABLE "ticket_links" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"source_id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ticket_links_kind_source_id_target_id_key" UNIQUE("kind","source_id","target_id"),
	CONSTRAINT "ticket_links_different_check" CHECK ("ticket_links"."source_id" <> "ticket_links"."target_id"),
	CONSTRAINT "ticket_links_related_order_check" CHECK ("ticket_links"."kind" <> 'related' or "ticket_links"."source_id" < "ticket_links"."target_id"),
	CONSTRAINT "ticket_links_kind_check" CHECK ("ticket_links"."kind" in ('related', 'duplicate_of', 'parent_of', 'problem_of', 'follow_up')),
	CONSTRAINT "ticket_links_actor_kind_check" CHECK ("ticket_links"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system'))
);
--> statement-breakpoint
CREATE TABLE "ticket_message_edits" (
	"message_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"body" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"edited_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "ticket_message_edits_message_id_revision_pk" PRIMARY KEY("message_id","revision"),
	CONSTRAINT "ticket_message_edits_revision_check" CHECK ("ticket_message_edits"."revision" >= 1),
	CONSTRAINT "ticket_message_edits_body_length_check" CHECK (char_length("ticket_message_edits"."body") <= 100000),
	CONSTRAINT "ticket_message_edits_actor_kind_check" CHECK ("ticket_message_edits"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system'))
);
--> statement-breakpoint
CREATE TABLE "ticket_messages" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"audience" text NOT NULL,
	"shared_team_id" uuid,
	"author_kind" text NOT NULL,
	"author_principal_id" uuid,
	"author_contact_id" uuid,
	"author_name" text NOT NULL,
	"via" text NOT NULL,
	"is_opening" boolean DEFAULT false NOT NULL,
	"counts_as_response" boolean DEFAULT false NOT NULL,
	"body" text NOT NULL,
	"body_text" text NOT NULL,
	"dedupe_key" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"edited_at" timestamp (3) with time zone,
	"redacted_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ticket_messages_ticket_id_seq_key" UNIQUE("ticket_id","seq"),
	CONSTRAINT "ticket_messages_id_audience_key" UNIQUE("id","audience"),
	CONSTRAINT "ticket_messages_dedupe_key_key" UNIQUE("dedupe_key"),
	CONSTRAINT "ticket_messages_seq_check" CHECK ("ticket_messages"."seq" >= 1),
	CONSTRAINT "ticket_messages_audience_check" CHECK ("ticket_messages"."audience" in ('public', 'internal', 'shared_team')),
	CONSTRAINT "ticket_messages_shared_team_check" CHECK (("ticket_messages"."shared_team_id" is not null) = ("ticket_messages"."audience" = 'shared_team')),
	CONSTRAINT "ticket_messages_author_kind_check" CHECK ("ticket_messages"."author_kind" in ('customer', 'agent', 'automation', 'system')),
	CONSTRAINT "ticket_messages_author_name_length_check" CHECK (char_length("ticket_messages"."author_name") <= 254),
	CONSTRAINT "ticket_messages_via_check" CHECK ("ticket_messages"."via" in ('portal', 'email', 'api', 'widget', 'github', 'chat', 'system')),
	CONSTRAINT "ticket_messages_opening_check" CHECK (not "ticket_messages"."is_opening" or "ticket_messages"."seq" = 1),
	CONSTRAINT "ticket_messages_response_check" CHECK (not "ticket_messages"."counts_as_response" or ("ticket_messages"."author_kind" = 'agent' and "ticket_messages"."audience" = 'public' and not "ticket_messages"."is_opening")),
	CONSTRAINT "ticket_messages_body_length_check" CHECK (char_length("ticket_messages"."body") <= 100000)
);
--> statement-breakpoint
CREATE TABLE "ticket_participants" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"principal_id" uuid,
	"contact_id" uuid,
	"role" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_activity_at" timestamp (3) with time zone DEFAULT '-infinity' NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "ticket_participants_ticket_id_principal_id_key" UNIQUE("ticket_id","principal_id"),
	CONSTRAINT "ticket_participants_ticket_id_contact_id_key" UNIQUE("ticket_id","contact_id"),
	CONSTRAINT "ticket_participants_one_subject_check" CHECK (num_nonnulls("ticket_participants"."principal_id", "ticket_participants"."contact_id") = 1),
	CONSTRAINT "ticket_participants_role_check" CHECK ("ticket_participants"."role" in ('watcher', 'collaborator', 'cc')),
	CONSTRAINT "ticket_participants_actor_kind_check" CHECK ("ticket_participants"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system'))
);
--> statement-breakpoint
CREATE TABLE "ticket_ratings" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"cycle" integer NOT NULL,
	"contact_id" uuid,
	"principal_id" uuid,
	"token_hash" "bytea",
	"asked_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"score" integer,
	"comment" text,
	"rated_at" timestamp (3) with time zone,
	"agent_principal_id" uuid,
	"team_id" uuid,
	CONSTRAINT "ticket_ratings_token_hash_key" UNIQUE("token_hash"),
	CONSTRAINT "ticket_ratings_ticket_id_cycle_key" UNIQUE("ticket_id","cycle"),
	CONSTRAINT "ticket_ratings_cycle_check" CHECK ("ticket_ratings"."cycle" >= 0),
	CONSTRAINT "ticket_ratings_token_hash_size_check" CHECK (octet_length("ticket_ratings"."token_hash") = 32),
	CONSTRAINT "ticket_ratings_score_check" CHECK ("ticket_ratings"."score" between 1 and 5),
	CONSTRAINT "ticket_ratings_rated_check" CHECK (("ticket_ratings"."rated_at" is null) = ("ticket_ratings"."score" is null)),
	CONSTRAINT "ticket_ratings_comment_length_check" CHECK (char_length("ticket_ratings"."comment") <= 2000)
);
--> statement-breakpoint
CREATE TABLE "ticket_search" (
	"ticket_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"team_id" uuid,
	"doc" "tsvector" NOT NULL,
	CONSTRAINT "ticket_search_ticket_id_scope_team_id_key" UNIQUE NULLS NOT DISTINCT("ticket_id","scope","team_id"),
	CONSTRAINT "ticket_search_scope_check" CHECK ("ticket_search"."scope" in ('customer', 'agent', 'team')),
	CONSTRAINT "ticket_search_team_scope_check" CHECK (("ticket_search"."team_id" is not null) = ("ticket_search"."scope" = 'team'))
);
--> statement-breakpoint
CREATE TABLE "ticket_settings" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"auto_close_days" integer DEFAULT 7,
	"reopen_window_days" integer,
	"on_closed_reply" text DEFAULT 'follow_up' NOT NULL,
	"edit_window_minutes" integer DEFAULT 15,
	"agent_name_format" text DEFAULT 'first' NOT NULL,
	"csat_enabled" boolean DEFAULT false NOT NULL,
	"csat_delay_hours" integer DEFAULT 24 NOT NULL,
	"csat_quiet_days" integer DEFAULT 7 NOT NULL,
	"purge_after_days" integer DEFAULT 30 NOT NULL,
	"attachment_max_bytes" integer DEFAULT 26214400 NOT NULL,
	"extra_content_types" text[] DEFAULT '{}' NOT NULL,
	"org_by_domain" boolean DEFAULT true NOT NULL,
	"auto_create_organizations" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "ticket_settings_singleton_check" CHECK ("ticket_settings"."singleton"),
	CONSTRAINT "ticket_settings_auto_close_days_check" CHECK ("ticket_settings"."auto_close_days" >= 0),
	CONSTRAINT "ticket_settings_reopen_window_days_check" CHECK ("ticket_settings"."reopen_window_days" >= 0),
	CONSTRAINT "ticket_settings_on_closed_reply_check" CHECK ("ticket_settings"."on_closed_reply" in ('follow_up', 'reopen', 'refuse')),
	CONSTRAINT "ticket_settings_edit_window_minutes_check" CHECK ("ticket_settings"."edit_window_minutes" >= 0),
	CONSTRAINT "ticket_settings_agent_name_format_check" CHECK ("ticket_settings"."agent_name_format" in ('first', 'full', 'team')),
	CONSTRAINT "ticket_settings_csat_check" CHECK ("ticket_settings"."csat_delay_hours" >= 0 and "ticket_settings"."csat_quiet_days" >= 0),
	CONSTRAINT "ticket_settings_purge_after_days_check" CHECK ("ticket_settings"."purge_after_days" between 7 and 365),
	CONSTRAINT "ticket_settings_attachment_max_bytes_check" CHECK ("ticket_settings"."attachment_max_bytes" > 0),
	CONSTRAINT "ticket_settings_extra_content_types_check" CHECK (cardinality("ticket_settings"."extra_content_types") <= 100)
);
--> statement-breakpoint
CREATE TABLE "ticket_shares" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"team_id" uuid NOT NULL,
	"level" text DEFAULT 'read' NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"last_activity_at" timestamp (3) with time zone DEFAULT '-infinity' NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "ticket_shares_level_check" CHECK ("ticket_shares"."level" in ('read', 'comment', 'full')),
	CONSTRAINT "ticket_shares_actor_kind_check" CHECK ("ticket_shares"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system'))
);
--> statement-breakpoint
CREATE TABLE "ticket_statuses" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"slug" text NOT NULL,
	"color" text NOT NULL,
	"category" text NOT NULL,
	"public_label" text,
	"position" integer DEFAULT 0 NOT NULL,
	"is_default" boolean DEFAULT false NOT NULL,
	"is_system" boolean DEFAULT false NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "ticket_statuses_id_category_key" UNIQUE("id","category"),
	CONSTRAINT "ticket_statuses_name_length_check" CHECK (char_length("ticket_statuses"."name") between 1 and 50),
	CONSTRAINT "ticket_statuses_public_label_length_check" CHECK (char_length("ticket_statuses"."public_label") between 1 and 50),
	CONSTRAINT "ticket_statuses_slug_shape_check" CHECK ("ticket_statuses"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("ticket_statuses"."slug") <= 64),
	CONSTRAINT "ticket_statuses_color_shape_check" CHECK ("ticket_statuses"."color" ~ '^#[0-9a-f]{6}$'),
	CONSTRAINT "ticket_statuses_category_check" CHECK ("ticket_statuses"."category" in ('open', 'pending', 'on_hold', 'solved', 'closed')),
	CONSTRAINT "ticket_statuses_position_check" CHECK ("ticket_statuses"."position" >= 0),
	CONSTRAINT "ticket_statuses_deleted_check" CHECK ("ticket_statuses"."deleted_at" is null or not ("ticket_statuses"."is_default" or "ticket_statuses"."is_system"))
);
--> statement-breakpoint
CREATE TABLE "ticket_subscriptions" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"principal_id" uuid,
	"contact_id" uuid,
	"notify_messages" boolean DEFAULT true NOT NULL,
	"notify_status" boolean DEFAULT true NOT NULL,
	"notify_assignment" boolean DEFAULT true NOT NULL,
	"notify_fields" boolean DEFAULT true NOT NULL,
	"notify_sla" boolean DEFAULT true NOT NULL,
	"notify_participants" boolean DEFAULT false NOT NULL,
	"notify_shares" boolean DEFAULT false NOT NULL,
	"muted_at" timestamp (3) with time zone,
	"muted_until" timestamp (3) with time zone,
	"unsubscribed_at" timestamp (3) with time zone,
	"source" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ticket_subscriptions_ticket_id_principal_id_key" UNIQUE("ticket_id","principal_id"),
	CONSTRAINT "ticket_subscriptions_ticket_id_contact_id_key" UNIQUE("ticket_id","contact_id"),
	CONSTRAINT "ticket_subscriptions_one_subject_check" CHECK (num_nonnulls("ticket_subscriptions"."principal_id", "ticket_subscriptions"."contact_id") = 1),
	CONSTRAINT "ticket_subscriptions_muted_check" CHECK ("ticket_subscriptions"."muted_until" is null or "ticket_subscriptions"."muted_at" is not null),
	CONSTRAINT "ticket_subscriptions_source_check" CHECK ("ticket_subscriptions"."source" in ('auto_requester', 'auto_assigned', 'auto_participant', 'auto_replied', 'manual'))
);
--> statement-breakpoint
CREATE TABLE "ticket_tag_links" (
	"ticket_id" uuid NOT NULL,
	"tag_id" uuid NOT NULL,
	"last_activity_at" timestamp (3) with time zone DEFAULT '-infinity' NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "ticket_tag_links_ticket_id_tag_id_pk" PRIMARY KEY("ticket_id","tag_id")
);
--> statement-breakpoint
CREATE TABLE "ticket_tags" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"color" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "ticket_tags_name_key" UNIQUE("name"),
	CONSTRAINT "ticket_tags_name_length_check" CHECK (char_length("ticket_tags"."name") between 1 and 50),
	CONSTRAINT "ticket_tags_name_folded_check" CHECK ("ticket_tags"."name" = lower("ticket_tags"."name") and "ticket_tags"."name" !~ '\s'),
	CONSTRAINT "ticket_tags_color_shape_check" CHECK ("ticket_tags"."color" ~ '^#[0-9a-f]{6}$')
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"number" bigint NOT NULL,
	"subject" text NOT NULL,
	"priority" text DEFAULT 'normal' NOT NULL,
	"channel" text DEFAULT 'api' NOT NULL,
	"visibility" text DEFAULT 'team' NOT NULL,
	"status_id" uuid NOT NULL,
	"status_category" text NOT NULL,
	"is_active" boolean GENERATED ALWAYS AS (status_category in ('open', 'pending', 'on_hold')) STORED NOT NULL,
	"requester_principal_id" uuid,
	"requester_contact_id" uuid,
	"requester_assurance" text DEFAULT 'verified' NOT NULL,
	"organization_id" uuid,
	"inbox_id" uuid,
	"inbox_channel_id" uuid,
	"assignee_principal_id" uuid,
	"assignee_team_id" uuid,
	"primary_team_id" uuid,
	"created_by_principal_id" uuid,
	"custom_fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"message_seq" integer DEFAULT 0 NOT NULL,
	"first_response_at" timestamp (3) with time zone,
	"first_solved_at" timestamp (3) with time zone,
	"solved_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"reopened_at" timestamp (3) with time zone,
	"reopen_count" integer DEFAULT 0 NOT NULL,
	"wake_at" timestamp (3) with time zone,
	"last_activity_at" timestamp (3) with time zone NOT NULL,
	"last_public_at" timestamp (3) with time zone NOT NULL,
	"last_message_at" timestamp (3) with time zone,
	"customer_waiting_since" timestamp (3) with time zone,
	"last_customer_message_at" timestamp (3) with time zone,
	"last_agent_message_at" timestamp (3) with time zone,
	"merged_into_id" uuid,
	"merged_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "tickets_number_key" UNIQUE("number"),
	CONSTRAINT "tickets_number_check" CHECK ("tickets"."number" > 0),
	CONSTRAINT "tickets_subject_length_check" CHECK (char_length("tickets"."subject") between 1 and 500),
	CONSTRAINT "tickets_subject_line_check" CHECK (btrim("tickets"."subject") <> '' and "tickets"."subject" !~ '[\r\n]'),
	CONSTRAINT "tickets_priority_check" CHECK ("tickets"."priority" in ('low', 'normal', 'high', 'urgent')),
	CONSTRAINT "tickets_channel_check" CHECK ("tickets"."channel" in ('portal', 'email', 'api', 'widget', 'github', 'chat')),
	CONSTRAINT "tickets_visibility_check" CHECK ("tickets"."visibility" in ('team', 'org', 'shared', 'private')),
	CONSTRAINT "tickets_status_category_check" CHECK ("tickets"."status_category" in ('open', 'pending', 'on_hold', 'solved', 'closed')),
	CONSTRAINT "tickets_requester_assurance_check" CHECK ("tickets"."requester_assurance" in ('anonymous', 'claimed', 'verified')),
	CONSTRAINT "tickets_custom_fields_object_check" CHECK (jsonb_typeof("tickets"."custom_fields") = 'object' and octet_length("tickets"."custom_fields"::text) <= 49152),
	CONSTRAINT "tickets_counters_check" CHECK ("tickets"."message_seq" >= 0 and "tickets"."reopen_count" >= 0),
	CONSTRAINT "tickets_solved_check" CHECK (("tickets"."solved_at" is not null) = ("tickets"."status_category" in ('solved', 'closed'))),
	CONSTRAINT "tickets_closed_check" CHECK (("tickets"."closed_at" is not null) = ("tickets"."status_category" = 'closed')),
	CONSTRAINT "tickets_wake_check" CHECK ("tickets"."wake_at" is null or "tickets"."status_category" in ('pending', 'on_hold')),
	CONSTRAINT "tickets_merged_check" CHECK (("tickets"."merged_into_id" is null) = ("tickets"."merged_at" is null)),
	CONSTRAINT "tickets_merged_elsewhere_check" CHECK ("tickets"."merged_into_id" <> "tickets"."id"),
	CONSTRAINT "tickets_merged_closed_check" CHECK ("tickets"."merged_into_id" is null or "tickets"."status_category" = 'closed')
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "contact_id" uuid CONSTRAINT "conversations_contact_id_fk" REFERENCES "public"."contacts"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "inbox_id" uuid CONSTRAINT "conversations_inbox_id_fk" REFERENCES "public"."inboxes"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "ticket_id" uuid CONSTRAINT "conversations_ticket_id_fk" REFERENCES "public"."tickets"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "in_app_notifications" ADD COLUMN "ticket_id" uuid CONSTRAINT "in_app_notifications_ticket_id_fk" REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "in_app_notifications" ADD COLUMN "batch_id" uuid CONSTRAINT "in_app_notifications_batch_id_fk" REFERENCES "public"."notification_batches"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "auth_issuer_rules" ADD CONSTRAINT "auth_issuer_rules_issuer_id_fk" FOREIGN KEY ("issuer_id") REFERENCES "public"."auth_issuers"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "auth_issuer_rules" ADD CONSTRAINT "auth_issuer_rules_role_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "auth_issuer_rules" ADD CONSTRAINT "auth_issuer_rules_join_team_id_fk" FOREIGN KEY ("join_team_id") REFERENCES "public"."teams"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "bulk_job_items" ADD CONSTRAINT "bulk_job_items_job_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."bulk_jobs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "bulk_jobs" ADD CONSTRAINT "bulk_jobs_undo_of_id_fk" FOREIGN KEY ("undo_of_id") REFERENCES "public"."bulk_jobs"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "bulk_jobs" ADD CONSTRAINT "bulk_jobs_result_attachment_id_fk" FOREIGN KEY ("result_attachment_id") REFERENCES "public"."ticket_attachments"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "contact_emails" ADD CONSTRAINT "contact_emails_contact_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "contact_user_links" ADD CONSTRAINT "contact_user_links_contact_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "contact_user_links" ADD CONSTRAINT "contact_user_links_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_merged_into_id_fk" FOREIGN KEY ("merged_into_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversation_ticket_messages" ADD CONSTRAINT "conversation_ticket_messages_ticket_message_id_fk" FOREIGN KEY ("ticket_message_id") REFERENCES "public"."ticket_messages"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversation_ticket_messages" ADD CONSTRAINT "conversation_ticket_messages_chat_message_id_fk" FOREIGN KEY ("chat_message_id") REFERENCES "public"."chat_messages"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_event_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "email_messages" ADD CONSTRAINT "email_messages_channel_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."inbox_channels"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "email_messages" ADD CONSTRAINT "email_messages_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "email_messages" ADD CONSTRAINT "email_messages_message_id_message_audience_fk" FOREIGN KEY ("message_id","message_audience") REFERENCES "public"."ticket_messages"("id","audience") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "event_bodies" ADD CONSTRAINT "event_bodies_event_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "inbox_channels" ADD CONSTRAINT "inbox_channels_inbox_id_fk" FOREIGN KEY ("inbox_id") REFERENCES "public"."inboxes"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "inbox_memberships" ADD CONSTRAINT "inbox_memberships_inbox_id_fk" FOREIGN KEY ("inbox_id") REFERENCES "public"."inboxes"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "inbox_memberships" ADD CONSTRAINT "inbox_memberships_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "inboxes" ADD CONSTRAINT "inboxes_primary_team_id_fk" FOREIGN KEY ("primary_team_id") REFERENCES "public"."teams"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "inboxes" ADD CONSTRAINT "inboxes_default_status_id_fk" FOREIGN KEY ("default_status_id") REFERENCES "public"."ticket_statuses"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_role_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_invited_by_principal_id_fk" FOREIGN KEY ("invited_by_principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_accepted_principal_id_fk" FOREIGN KEY ("accepted_principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "macros" ADD CONSTRAINT "macros_owner_principal_id_fk" FOREIGN KEY ("owner_principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "macros" ADD CONSTRAINT "macros_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_batches" ADD CONSTRAINT "notification_batches_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_batches" ADD CONSTRAINT "notification_batches_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "organization_domains" ADD CONSTRAINT "organization_domains_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "organizations_merged_into_id_fk" FOREIGN KEY ("merged_into_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "principal_role_assignments" ADD CONSTRAINT "principal_role_assignments_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "principal_role_assignments" ADD CONSTRAINT "principal_role_assignments_role_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "principal_role_assignments" ADD CONSTRAINT "principal_role_assignments_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "principal_role_assignments" ADD CONSTRAINT "principal_role_assignments_inbox_id_fk" FOREIGN KEY ("inbox_id") REFERENCES "public"."inboxes"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "principal_role_assignments" ADD CONSTRAINT "principal_role_assignments_issuer_id_fk" FOREIGN KEY ("issuer_id") REFERENCES "public"."auth_issuers"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "role_permissions" ADD CONSTRAINT "role_permissions_role_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "role_permissions" ADD CONSTRAINT "role_permissions_permission_key_fk" FOREIGN KEY ("permission_key") REFERENCES "public"."permissions"("key") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "saved_views" ADD CONSTRAINT "saved_views_owner_principal_id_fk" FOREIGN KEY ("owner_principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "saved_views" ADD CONSTRAINT "saved_views_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "team_memberships" ADD CONSTRAINT "team_memberships_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "team_memberships" ADD CONSTRAINT "team_memberships_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "team_memberships" ADD CONSTRAINT "team_memberships_issuer_id_fk" FOREIGN KEY ("issuer_id") REFERENCES "public"."auth_issuers"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_activity" ADD CONSTRAINT "ticket_activity_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_activity" ADD CONSTRAINT "ticket_activity_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_attachments" ADD CONSTRAINT "ticket_attachments_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_attachments" ADD CONSTRAINT "ticket_attachments_message_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."ticket_messages"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_links" ADD CONSTRAINT "ticket_links_source_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_links" ADD CONSTRAINT "ticket_links_target_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_message_edits" ADD CONSTRAINT "ticket_message_edits_message_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."ticket_messages"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_messages" ADD CONSTRAINT "ticket_messages_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_messages" ADD CONSTRAINT "ticket_messages_shared_team_id_fk" FOREIGN KEY ("shared_team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_messages" ADD CONSTRAINT "ticket_messages_author_principal_id_fk" FOREIGN KEY ("author_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_messages" ADD CONSTRAINT "ticket_messages_author_contact_id_fk" FOREIGN KEY ("author_contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_participants" ADD CONSTRAINT "ticket_participants_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_participants" ADD CONSTRAINT "ticket_participants_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_participants" ADD CONSTRAINT "ticket_participants_contact_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_ratings" ADD CONSTRAINT "ticket_ratings_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_ratings" ADD CONSTRAINT "ticket_ratings_contact_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_ratings" ADD CONSTRAINT "ticket_ratings_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_ratings" ADD CONSTRAINT "ticket_ratings_agent_principal_id_fk" FOREIGN KEY ("agent_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_ratings" ADD CONSTRAINT "ticket_ratings_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_search" ADD CONSTRAINT "ticket_search_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_search" ADD CONSTRAINT "ticket_search_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_shares" ADD CONSTRAINT "ticket_shares_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_shares" ADD CONSTRAINT "ticket_shares_team_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_subscriptions" ADD CONSTRAINT "ticket_subscriptions_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_subscriptions" ADD CONSTRAINT "ticket_subscriptions_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_subscriptions" ADD CONSTRAINT "ticket_subscriptions_contact_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_tag_links" ADD CONSTRAINT "ticket_tag_links_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ticket_tag_links" ADD CONSTRAINT "ticket_tag_links_tag_id_fk" FOREIGN KEY ("tag_id") REFERENCES "public"."ticket_tags"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_status_id_status_category_fk" FOREIGN KEY ("status_id","status_category") REFERENCES "public"."ticket_statuses"("id","category") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_requester_principal_id_fk" FOREIGN KEY ("requester_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_requester_contact_id_fk" FOREIGN KEY ("requester_contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_inbox_id_fk" FOREIGN KEY ("inbox_id") REFERENCES "public"."inboxes"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_inbox_channel_id_fk" FOREIGN KEY ("inbox_channel_id") REFERENCES "public"."inbox_channels"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_assignee_principal_id_fk" FOREIGN KEY ("assignee_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_assignee_team_id_fk" FOREIGN KEY ("assignee_team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_primary_team_id_fk" FOREIGN KEY ("primary_team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_merged_into_id_fk" FOREIGN KEY ("merged_into_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "audit_events_actor_id_seq_idx" ON "audit_events" USING btree ("actor_id","seq");
--> statement-breakpoint
CREATE INDEX "audit_events_target_id_seq_idx" ON "audit_events" USING btree ("target_id","seq");
--> statement-breakpoint
CREATE INDEX "audit_events_action_seq_idx" ON "audit_events" USING btree ("action","seq");
--> statement-breakpoint
CREATE INDEX "audit_events_api_key_id_seq_idx" ON "audit_events" USING btree ("api_key_id","seq") WHERE "audit_events"."api_key_id" is not null;
--> statement-breakpoint
CREATE INDEX "audit_events_outcome_seq_idx" ON "audit_events" USING btree ("outcome","seq") WHERE "audit_events"."outcome" = 'denied';
--> statement-breakpoint
CREATE INDEX "audit_events_request_id_idx" ON "audit_events" USING btree ("request_id");
--> statement-breakpoint
CREATE INDEX "audit_events_recorded_at_seq_idx" ON "audit_events" USING btree ("recorded_at","seq");
--> statement-breakpoint
CREATE INDEX "auth_issuer_rules_role_id_idx" ON "auth_issuer_rules" USING btree ("role_id") WHERE "auth_issuer_rules"."role_id" is not null;
--> statement-breakpoint
CREATE INDEX "auth_issuer_rules_join_team_id_idx" ON "auth_issuer_rules" USING btree ("join_team_id") WHERE "auth_issuer_rules"."join_team_id" is not null;
--> statement-breakpoint
CREATE INDEX "bulk_job_items_pending_idx" ON "bulk_job_items" USING btree ("job_id","position") WHERE "bulk_job_items"."state" = 'pending';
--> statement-breakpoint
CREATE INDEX "bulk_jobs_heartbeat_at_idx" ON "bulk_jobs" USING btree ("heartbeat_at") WHERE "bulk_jobs"."state" in ('queued', 'running');
--> statement-breakpoint
CREATE INDEX "bulk_jobs_actor_id_created_at_idx" ON "bulk_jobs" USING btree ("actor_id","created_at");
--> statement-breakpoint
CREATE INDEX "bulk_jobs_finished_at_idx" ON "bulk_jobs" USING btree ("finished_at") WHERE "bulk_jobs"."finished_at" is not null;
--> statement-breakpoint
CREATE INDEX "bulk_jobs_undo_of_id_idx" ON "bulk_jobs" USING btree ("undo_of_id") WHERE "bulk_jobs"."undo_of_id" is not null;
--> statement-breakpoint
CREATE INDEX "bulk_jobs_result_attachment_id_idx" ON "bulk_jobs" USING btree ("result_attachment_id") WHERE "bulk_jobs"."result_attachment_id" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "contact_emails_email_key" ON "contact_emails" USING btree ("email") WHERE "contact_emails"."active";
--> statement-breakpoint
CREATE UNIQUE INDEX "contact_emails_primary_key" ON "contact_emails" USING btree ("contact_id") WHERE "contact_emails"."is_primary";
--> statement-breakpoint
CREATE INDEX "contact_emails_email_idx" ON "contact_emails" USING btree ("email");
--> statement-breakpoint
CREATE INDEX "contact_emails_contact_id_idx" ON "contact_emails" USING btree ("contact_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "contact_user_links_user_id_key" ON "contact_user_links" USING btree ("user_id") WHERE "contact_user_links"."unlinked_at" is null;
--> statement-breakpoint
CREATE INDEX "contact_user_links_contact_id_idx" ON "contact_user_links" USING btree ("contact_id");
--> statement-breakpoint
CREATE INDEX "contact_user_links_user_id_idx" ON "contact_user_links" USING btree ("user_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "contacts_external_id_key" ON "contacts" USING btree ("external_id") WHERE "contacts"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "contacts_sort_name_id_idx" ON "contacts" USING btree ("sort_name","id") WHERE "contacts"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "contacts_created_at_id_idx" ON "contacts" USING btree ("created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "contacts"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "contacts_search_idx" ON "contacts" USING gin (search_doc("search_text"));
--> statement-breakpoint
CREATE INDEX "contacts_organization_id_sort_name_id_idx" ON "contacts" USING btree ("organization_id","sort_name","id");
--> statement-breakpoint
CREATE INDEX "contacts_external_id_idx" ON "contacts" USING btree ("external_id") WHERE "contacts"."external_id" is not null;
--> statement-breakpoint
CREATE INDEX "contacts_merged_into_id_idx" ON "contacts" USING btree ("merged_into_id") WHERE "contacts"."merged_into_id" is not null;
--> statement-breakpoint
CREATE INDEX "conversation_ticket_messages_chat_message_id_idx" ON "conversation_ticket_messages" USING btree ("chat_message_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "dead_letters_kind_ref_id_key" ON "dead_letters" USING btree ("kind","ref_id") WHERE "dead_letters"."state" = 'open';
--> statement-breakpoint
CREATE INDEX "dead_letters_state_last_at_id_idx" ON "dead_letters" USING btree ("state","last_at","id");
--> statement-breakpoint
CREATE INDEX "dead_letters_ended_at_idx" ON "dead_letters" USING btree ("ended_at");
--> statement-breakpoint
CREATE INDEX "deliveries_claim_idx" ON "deliveries" USING btree ("target_id","recovery","next_attempt_at","id") WHERE "deliveries"."state" in ('pending', 'retry', 'sending');
--> statement-breakpoint
CREATE INDEX "deliveries_in_flight_idx" ON "deliveries" USING btree ("target_id") WHERE "deliveries"."state" = 'sending';
--> statement-breakpoint
CREATE INDEX "deliveries_target_id_entity_id_entity_seq_idx" ON "deliveries" USING btree ("target_id","entity_id","entity_seq") WHERE "deliveries"."state" in ('pending', 'retry', 'sending');
--> statement-breakpoint
CREATE INDEX "deliveries_target_id_created_at_id_idx" ON "deliveries" USING btree ("target_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "deliveries_target_id_state_created_at_id_idx" ON "deliveries" USING btree ("target_id","state","created_at","id");
--> statement-breakpoint
CREATE INDEX "deliveries_event_id_idx" ON "deliveries" USING btree ("event_id");
--> statement-breakpoint
CREATE INDEX "deliveries_ended_at_idx" ON "deliveries" USING btree ("ended_at") WHERE "deliveries"."ended_at" is not null;
--> statement-breakpoint
CREATE INDEX "email_messages_channel_id_idx" ON "email_messages" USING btree ("channel_id");
--> statement-breakpoint
CREATE INDEX "email_messages_message_id_message_audience_idx" ON "email_messages" USING btree ("message_id","message_audience");
--> statement-breakpoint
CREATE INDEX "email_messages_next_attempt_at_idx" ON "email_messages" USING btree ("next_attempt_at") WHERE "email_messages"."state" in ('queued', 'sending', 'retry');
--> statement-breakpoint
CREATE INDEX "email_messages_ticket_id_created_at_id_idx" ON "email_messages" USING btree ("ticket_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "email_messages_wire_id_idx" ON "email_messages" USING btree ("wire_id");
--> statement-breakpoint
CREATE INDEX "email_messages_provider_provider_id_idx" ON "email_messages" USING btree ("provider","provider_id");
--> statement-breakpoint
CREATE INDEX "email_messages_quarantined_idx" ON "email_messages" USING btree ("channel_id","created_at","id") WHERE "email_messages"."state" = 'quarantined';
--> statement-breakpoint
CREATE INDEX "email_messages_from_address_created_at_idx" ON "email_messages" USING btree ("from_address","created_at") WHERE "email_messages"."direction" = 'inbound';
--> statement-breakpoint
CREATE INDEX "email_messages_ref_id_idx" ON "email_messages" USING btree ("ref_id") WHERE "email_messages"."ref_id" is not null;
--> statement-breakpoint
CREATE INDEX "email_messages_created_at_idx" ON "email_messages" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "events_seq_idx" ON "events" USING btree ("seq") WHERE "events"."position" is null and not "events"."test";
--> statement-breakpoint
CREATE INDEX "events_type_position_idx" ON "events" USING btree ("type","position");
--> statement-breakpoint
CREATE INDEX "events_causation_id_idx" ON "events" USING btree ("causation_id") WHERE "events"."causation_id" is not null;
--> statement-breakpoint
CREATE INDEX "events_dispatched_at_idx" ON "events" USING btree ("dispatched_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_channels_kind_external_id_key" ON "inbox_channels" USING btree ("kind","external_id") WHERE "inbox_channels"."external_id" is not null and "inbox_channels"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "inbox_channels_inbox_id_idx" ON "inbox_channels" USING btree ("inbox_id");
--> statement-breakpoint
CREATE INDEX "inbox_memberships_principal_id_idx" ON "inbox_memberships" USING btree ("principal_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "inboxes_name_key" ON "inboxes" USING btree (lower("name")) WHERE "inboxes"."archived_at" is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "inboxes_slug_key" ON "inboxes" USING btree ("slug") WHERE "inboxes"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "inboxes_archived_idx" ON "inboxes" USING btree ("id") WHERE "inboxes"."archived_at" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "inboxes_is_default_key" ON "inboxes" USING btree ("is_default") WHERE "inboxes"."is_default";
--> statement-breakpoint
CREATE INDEX "inboxes_primary_team_id_idx" ON "inboxes" USING btree ("primary_team_id");
--> statement-breakpoint
CREATE INDEX "inboxes_default_status_id_idx" ON "inboxes" USING btree ("default_status_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_email_key" ON "invitation" USING btree ("email") WHERE "invitation"."state" = 'pending';
--> statement-breakpoint
CREATE INDEX "invitation_role_id_idx" ON "invitation" USING btree ("role_id") WHERE "invitation"."role_id" is not null;
--> statement-breakpoint
CREATE INDEX "invitation_invited_by_principal_id_idx" ON "invitation" USING btree ("invited_by_principal_id");
--> statement-breakpoint
CREATE INDEX "invitation_accepted_principal_id_idx" ON "invitation" USING btree ("accepted_principal_id") WHERE "invitation"."accepted_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "invitation_state_created_at_idx" ON "invitation" USING btree ("state","created_at");
--> statement-breakpoint
CREATE INDEX "invitation_expires_at_idx" ON "invitation" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "macros_owner_principal_id_idx" ON "macros" USING btree ("owner_principal_id") WHERE "macros"."owner_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "macros_team_id_idx" ON "macros" USING btree ("team_id") WHERE "macros"."team_id" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "notification_batches_waiting_key" ON "notification_batches" USING btree ("principal_id","kind",coalesce("ticket_id", '00000000-0000-0000-0000-000000000000'::uuid)) WHERE "notification_batches"."state" = 'waiting';
--> statement-breakpoint
CREATE INDEX "notification_batches_principal_id_idx" ON "notification_batches" USING btree ("principal_id");
--> statement-breakpoint
CREATE INDEX "notification_batches_ticket_id_idx" ON "notification_batches" USING btree ("ticket_id") WHERE "notification_batches"."ticket_id" is not null;
--> statement-breakpoint
CREATE INDEX "notification_batches_due_at_idx" ON "notification_batches" USING btree ("due_at") WHERE "notification_batches"."state" = 'waiting';
--> statement-breakpoint
CREATE INDEX "notification_batches_updated_at_idx" ON "notification_batches" USING btree ("updated_at") WHERE "notification_batches"."state" <> 'waiting';
--> statement-breakpoint
CREATE INDEX "object_deletions_not_before_idx" ON "object_deletions" USING btree ("not_before") WHERE "object_deletions"."done_at" is null;
--> statement-breakpoint
CREATE INDEX "object_deletions_done_at_idx" ON "object_deletions" USING btree ("done_at") WHERE "object_deletions"."done_at" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "organization_domains_domain_key" ON "organization_domains" USING btree ("domain") WHERE "organization_domains"."active";
--> statement-breakpoint
CREATE UNIQUE INDEX "organization_domains_primary_key" ON "organization_domains" USING btree ("organization_id") WHERE "organization_domains"."is_primary";
--> statement-breakpoint
CREATE INDEX "organization_domains_domain_idx" ON "organization_domains" USING btree ("domain");
--> statement-breakpoint
CREATE INDEX "organization_domains_organization_id_idx" ON "organization_domains" USING btree ("organization_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "organizations_external_id_key" ON "organizations" USING btree ("external_id") WHERE "organizations"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "organizations_sort_name_id_idx" ON "organizations" USING btree ("sort_name","id") WHERE "organizations"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "organizations_created_at_id_idx" ON "organizations" USING btree ("created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "organizations"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "organizations_search_idx" ON "organizations" USING gin (search_doc("search_text"));
--> statement-breakpoint
CREATE INDEX "organizations_external_id_idx" ON "organizations" USING btree ("external_id") WHERE "organizations"."external_id" is not null;
--> statement-breakpoint
CREATE INDEX "organizations_merged_into_id_idx" ON "organizations" USING btree ("merged_into_id") WHERE "organizations"."merged_into_id" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "principal_role_assignments_live_key" ON "principal_role_assignments" USING btree ("principal_id","role_id","scope_kind",coalesce("team_id", "inbox_id", '00000000-0000-0000-0000-000000000000'::uuid)) WHERE "principal_role_assignments"."revoked_at" is null;
--> statement-breakpoint
CREATE INDEX "principal_role_assignments_principal_id_created_at_idx" ON "principal_role_assignments" USING btree ("principal_id","created_at");
--> statement-breakpoint
CREATE INDEX "principal_role_assignments_role_id_revoked_at_idx" ON "principal_role_assignments" USING btree ("role_id","revoked_at");
--> statement-breakpoint
CREATE INDEX "principal_role_assignments_expires_at_idx" ON "principal_role_assignments" USING btree ("expires_at") WHERE "principal_role_assignments"."revoked_at" is null;
--> statement-breakpoint
CREATE INDEX "principal_role_assignments_team_id_idx" ON "principal_role_assignments" USING btree ("team_id") WHERE "principal_role_assignments"."team_id" is not null;
--> statement-breakpoint
CREATE INDEX "principal_role_assignments_inbox_id_idx" ON "principal_role_assignments" USING btree ("inbox_id") WHERE "principal_role_assignments"."inbox_id" is not null;
--> statement-breakpoint
CREATE INDEX "principal_role_assignments_issuer_id_idx" ON "principal_role_assignments" USING btree ("issuer_id") WHERE "principal_role_assignments"."issuer_id" is not null;
--> statement-breakpoint
CREATE INDEX "principal_role_assignments_revoked_at_idx" ON "principal_role_assignments" USING btree ("revoked_at") WHERE "principal_role_assignments"."revoked_at" is not null;
--> statement-breakpoint
CREATE INDEX "role_permissions_permission_key_idx" ON "role_permissions" USING btree ("permission_key");
--> statement-breakpoint
CREATE UNIQUE INDEX "roles_key_key" ON "roles" USING btree ("key") WHERE "roles"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "saved_views_owner_principal_id_idx" ON "saved_views" USING btree ("owner_principal_id") WHERE "saved_views"."owner_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "saved_views_team_id_idx" ON "saved_views" USING btree ("team_id") WHERE "saved_views"."team_id" is not null;
--> statement-breakpoint
CREATE INDEX "team_memberships_principal_id_team_id_role_idx" ON "team_memberships" USING btree ("principal_id","team_id","role");
--> statement-breakpoint
CREATE INDEX "team_memberships_issuer_id_idx" ON "team_memberships" USING btree ("issuer_id") WHERE "team_memberships"."issuer_id" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "teams_slug_key" ON "teams" USING btree ("slug") WHERE "teams"."archived_at" is null;
--> statement-breakpoint
CREATE INDEX "teams_archived_idx" ON "teams" USING btree ("id") WHERE "teams"."archived_at" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_activity_ticket_id_revision_id_idx" ON "ticket_activity" USING btree ("ticket_id","revision" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX "ticket_activity_team_id_idx" ON "ticket_activity" USING btree ("team_id") WHERE "ticket_activity"."team_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_activity_bulk_job_id_idx" ON "ticket_activity" USING btree ("bulk_job_id") WHERE "ticket_activity"."bulk_job_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_attachments_message_id_idx" ON "ticket_attachments" USING btree ("message_id");
--> statement-breakpoint
CREATE INDEX "ticket_attachments_ticket_id_idx" ON "ticket_attachments" USING btree ("ticket_id");
--> statement-breakpoint
CREATE INDEX "ticket_attachments_expires_at_idx" ON "ticket_attachments" USING btree ("expires_at") WHERE "ticket_attachments"."state" = 'staged';
--> statement-breakpoint
CREATE INDEX "ticket_attachments_actor_id_idx" ON "ticket_attachments" USING btree ("actor_id") WHERE "ticket_attachments"."state" = 'staged';
--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_links_target_id_kind_key" ON "ticket_links" USING btree ("target_id","kind") WHERE "ticket_links"."kind" in ('parent_of', 'problem_of');
--> statement-breakpoint
CREATE INDEX "ticket_links_source_id_idx" ON "ticket_links" USING btree ("source_id");
--> statement-breakpoint
CREATE INDEX "ticket_links_target_id_idx" ON "ticket_links" USING btree ("target_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_messages_opening_key" ON "ticket_messages" USING btree ("ticket_id") WHERE "ticket_messages"."is_opening";
--> statement-breakpoint
CREATE INDEX "ticket_messages_ticket_id_created_at_id_idx" ON "ticket_messages" USING btree ("ticket_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "ticket_messages_author_principal_id_created_at_idx" ON "ticket_messages" USING btree ("author_principal_id","created_at") WHERE "ticket_messages"."author_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_messages_author_contact_id_created_at_idx" ON "ticket_messages" USING btree ("author_contact_id","created_at") WHERE "ticket_messages"."author_contact_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_messages_shared_team_id_idx" ON "ticket_messages" USING btree ("shared_team_id") WHERE "ticket_messages"."shared_team_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_participants_lens_idx" ON "ticket_participants" USING btree ("principal_id","is_active","last_activity_at" DESC NULLS FIRST,"ticket_id" DESC NULLS FIRST) WHERE "ticket_participants"."principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_participants_contact_id_ticket_id_idx" ON "ticket_participants" USING btree ("contact_id","ticket_id") WHERE "ticket_participants"."contact_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_ratings_rated_at_id_idx" ON "ticket_ratings" USING btree ("rated_at" DESC NULLS FIRST,"id") WHERE "ticket_ratings"."rated_at" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_ratings_contact_id_asked_at_idx" ON "ticket_ratings" USING btree ("contact_id","asked_at");
--> statement-breakpoint
CREATE INDEX "ticket_ratings_principal_id_idx" ON "ticket_ratings" USING btree ("principal_id") WHERE "ticket_ratings"."principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_ratings_agent_principal_id_idx" ON "ticket_ratings" USING btree ("agent_principal_id") WHERE "ticket_ratings"."agent_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_ratings_team_id_idx" ON "ticket_ratings" USING btree ("team_id") WHERE "ticket_ratings"."team_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_search_doc_idx" ON "ticket_search" USING gin ("doc");
--> statement-breakpoint
CREATE INDEX "ticket_search_team_id_idx" ON "ticket_search" USING btree ("team_id") WHERE "ticket_search"."team_id" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_shares_ticket_id_team_id_key" ON "ticket_shares" USING btree ("ticket_id","team_id") WHERE "ticket_shares"."revoked_at" is null;
--> statement-breakpoint
CREATE INDEX "ticket_shares_lens_idx" ON "ticket_shares" USING btree ("team_id","is_active","last_activity_at" DESC NULLS FIRST,"ticket_id" DESC NULLS FIRST) WHERE "ticket_shares"."revoked_at" is null;
--> statement-breakpoint
CREATE INDEX "ticket_shares_ticket_id_idx" ON "ticket_shares" USING btree ("ticket_id");
--> statement-breakpoint
CREATE INDEX "ticket_shares_team_id_idx" ON "ticket_shares" USING btree ("team_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_statuses_slug_key" ON "ticket_statuses" USING btree ("slug") WHERE "ticket_statuses"."deleted_at" is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_statuses_category_key" ON "ticket_statuses" USING btree ("category") WHERE "ticket_statuses"."is_default" and "ticket_statuses"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "ticket_subscriptions_principal_id_ticket_id_idx" ON "ticket_subscriptions" USING btree ("principal_id","ticket_id") WHERE "ticket_subscriptions"."principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_subscriptions_contact_id_ticket_id_idx" ON "ticket_subscriptions" USING btree ("contact_id","ticket_id") WHERE "ticket_subscriptions"."contact_id" is not null;
--> statement-breakpoint
CREATE INDEX "ticket_tag_links_tag_id_ticket_id_idx" ON "ticket_tag_links" USING btree ("tag_id","ticket_id");
--> statement-breakpoint
CREATE INDEX "ticket_tag_links_lens_idx" ON "ticket_tag_links" USING btree ("tag_id","is_active","last_activity_at" DESC NULLS FIRST,"ticket_id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX "tickets_is_active_last_activity_at_id_idx" ON "tickets" USING btree ("is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_primary_team_lens_idx" ON "tickets" USING btree ("primary_team_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_assignee_team_lens_idx" ON "tickets" USING btree ("assignee_team_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_assignee_lens_idx" ON "tickets" USING btree ("assignee_principal_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_inbox_lens_idx" ON "tickets" USING btree ("inbox_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_organization_lens_idx" ON "tickets" USING btree ("organization_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_creator_lens_idx" ON "tickets" USING btree ("created_by_principal_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_requester_contact_lens_idx" ON "tickets" USING btree ("requester_contact_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_requester_principal_lens_idx" ON "tickets" USING btree ("requester_principal_id","is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_pool_lens_idx" ON "tickets" USING btree ("is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."primary_team_id" is null and "tickets"."assignee_team_id" is null and "tickets"."inbox_id" is null and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_unassigned_lens_idx" ON "tickets" USING btree ("primary_team_id","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."assignee_principal_id" is null and "tickets"."is_active" and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_unassigned_team_lens_idx" ON "tickets" USING btree ("assignee_team_id","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."assignee_principal_id" is null and "tickets"."is_active" and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_unassigned_inbox_lens_idx" ON "tickets" USING btree ("inbox_id","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."assignee_principal_id" is null and "tickets"."is_active" and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_open_lens_idx" ON "tickets" USING btree ("is_active","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."visibility" = 'shared' and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_requester_contact_public_idx" ON "tickets" USING btree ("requester_contact_id","last_public_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_requester_principal_public_idx" ON "tickets" USING btree ("requester_principal_id","last_public_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_organization_public_idx" ON "tickets" USING btree ("organization_id","last_public_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."visibility" = 'org' and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_status_category_lens_idx" ON "tickets" USING btree ("status_category","last_activity_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_created_at_id_idx" ON "tickets" USING btree ("created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_customer_waiting_since_id_idx" ON "tickets" USING btree ("customer_waiting_since","id") WHERE "tickets"."is_active" and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_priority_idx" ON "tickets" USING btree (array_position(array['urgent', 'high', 'normal', 'low'], "priority"),"customer_waiting_since","id") WHERE "tickets"."is_active" and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_custom_fields_idx" ON "tickets" USING gin ("custom_fields" jsonb_path_ops) WHERE "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_wake_at_idx" ON "tickets" USING btree ("wake_at") WHERE "tickets"."wake_at" is not null and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_solved_at_idx" ON "tickets" USING btree ("solved_at") WHERE "tickets"."status_category" = 'solved' and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "tickets_deleted_at_id_idx" ON "tickets" USING btree ("deleted_at","id") WHERE "tickets"."deleted_at" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_status_id_status_category_id_idx" ON "tickets" USING btree ("status_id","status_category","id");
--> statement-breakpoint
CREATE INDEX "tickets_requester_principal_id_created_at_idx" ON "tickets" USING btree ("requester_principal_id","created_at" DESC NULLS FIRST) WHERE "tickets"."requester_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_requester_contact_id_idx" ON "tickets" USING btree ("requester_contact_id") WHERE "tickets"."requester_contact_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_organization_id_idx" ON "tickets" USING btree ("organization_id") WHERE "tickets"."organization_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_inbox_id_idx" ON "tickets" USING btree ("inbox_id") WHERE "tickets"."inbox_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_inbox_channel_id_idx" ON "tickets" USING btree ("inbox_channel_id") WHERE "tickets"."inbox_channel_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_assignee_principal_id_idx" ON "tickets" USING btree ("assignee_principal_id") WHERE "tickets"."assignee_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_assignee_team_id_idx" ON "tickets" USING btree ("assignee_team_id") WHERE "tickets"."assignee_team_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_primary_team_id_idx" ON "tickets" USING btree ("primary_team_id") WHERE "tickets"."primary_team_id" is not null;
--> statement-breakpoint
CREATE INDEX "tickets_merged_into_id_idx" ON "tickets" USING btree ("merged_into_id") WHERE "tickets"."merged_into_id" is not null;
--> statement-breakpoint
create trigger audit_events_append_only before update or delete on public.audit_events
for each row execute function public.append_only();
--> statement-breakpoint
create trigger audit_events_no_truncate before truncate on public.audit_events
for each statement execute function public.append_only();
--> statement-breakpoint
create trigger audit_leaves_append_only before update or delete on public.audit_leaves
for each row execute function public.append_only('null:private_salt');
--> statement-breakpoint
create trigger audit_leaves_no_truncate before truncate on public.audit_leaves
for each statement execute function public.append_only();
--> statement-breakpoint
create trigger audit_seals_append_only before update or delete on public.audit_seals
for each row execute function public.append_only('once:purged_at');
--> statement-breakpoint
create trigger audit_seals_no_truncate before truncate on public.audit_seals
for each statement execute function public.append_only();
--> statement-breakpoint
create trigger events_append_only before update or delete on public.events
for each row execute function public.append_only('once:position', 'once:dispatched_at', 'erase:payload', 'erase:actor_label', 'once:erased_at');
--> statement-breakpoint
create trigger events_no_truncate before truncate on public.events
for each statement execute function public.append_only();
--> statement-breakpoint
create trigger ticket_activity_append_only before update or delete on public.ticket_activity
for each row execute function public.append_only();
--> statement-breakpoint
create trigger ticket_activity_no_truncate before truncate on public.ticket_activity
for each statement execute function public.append_only();
--> statement-breakpoint
create trigger permissions_role_means after insert or update or delete on public.permissions for each statement execute function public.keep_role_means();
--> statement-breakpoint
create trigger role_permissions_given after insert on public.role_permissions referencing new table as touched for each statement execute function public.keep_role_means();
--> statement-breakpoint
create trigger role_permissions_moved after update on public.role_permissions for each statement execute function public.keep_role_means();
--> statement-breakpoint
create trigger role_permissions_taken after delete on public.role_permissions referencing old table as touched for each statement execute function public.keep_role_means();
--> statement-breakpoint
create trigger ticket_participants_lens_taken before insert on public.ticket_participants for each row when (new.principal_id is not null)
execute function public.take_lens_activity();
--> statement-breakpoint
create trigger ticket_participants_lens_moved before update of ticket_id, principal_id on public.ticket_participants for each row when (new.principal_id is not null and (new.ticket_id <> old.ticket_id or (old.principal_id is not null) is false))
execute function public.take_lens_activity();
--> statement-breakpoint
create trigger ticket_shares_lens_taken before insert on public.ticket_shares for each row when (new.revoked_at is null)
execute function public.take_lens_activity();
--> statement-breakpoint
create trigger ticket_shares_lens_moved before update of ticket_id, revoked_at on public.ticket_shares for each row when (new.revoked_at is null and (new.ticket_id <> old.ticket_id or (old.revoked_at is null) is false))
execute function public.take_lens_activity();
--> statement-breakpoint
create trigger ticket_tag_links_lens_taken before insert on public.ticket_tag_links for each row
execute function public.take_lens_activity();
--> statement-breakpoint
create trigger ticket_tag_links_lens_moved before update of ticket_id on public.ticket_tag_links for each row when (new.ticket_id <> old.ticket_id)
execute function public.take_lens_activity();
--> statement-breakpoint
create trigger tickets_lens_activity after update on public.tickets for each row when (old.last_activity_at is distinct from new.last_activity_at or old.is_active is distinct from new.is_active)
execute function public.keep_lens_activity();
