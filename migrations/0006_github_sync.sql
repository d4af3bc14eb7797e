CREATE TABLE "inbound_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"source" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"target_id" uuid,
	"event" text,
	"action" text,
	"scope_key" text,
	"entity_key" text,
	"headers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"payload" "bytea",
	"payload_key" text,
	"size_bytes" integer NOT NULL,
	"state" text DEFAULT 'received' NOT NULL,
	"outcome" text,
	"reason" text,
	"result" jsonb,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"processed_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbound_deliveries_source_dedupe_key_key" UNIQUE("source","dedupe_key"),
	CONSTRAINT "inbound_deliveries_source_check" CHECK ("inbound_deliveries"."source" in ('github', 'mail', 'mail_event', 'hook')),
	CONSTRAINT "inbound_deliveries_state_check" CHECK ("inbound_deliveries"."state" in ('received', 'processing', 'retry', 'done', 'ignored', 'dead')),
	CONSTRAINT "inbound_deliveries_outcome_check" CHECK ("inbound_deliveries"."outcome" in ('applied', 'noop', 'echo', 'stale', 'conflict', 'skipped', 'deferred', 'failed', 'dead')),
	CONSTRAINT "inbound_deliveries_dedupe_key_length_check" CHECK (char_length("inbound_deliveries"."dedupe_key") between 1 and 300),
	CONSTRAINT "inbound_deliveries_event_length_check" CHECK (char_length("inbound_deliveries"."event") between 1 and 100),
	CONSTRAINT "inbound_deliveries_action_length_check" CHECK (char_length("inbound_deliveries"."action") between 1 and 100),
	CONSTRAINT "inbound_deliveries_scope_key_length_check" CHECK (char_length("inbound_deliveries"."scope_key") between 1 and 320),
	CONSTRAINT "inbound_deliveries_entity_key_length_check" CHECK (char_length("inbound_deliveries"."entity_key") between 1 and 200),
	CONSTRAINT "inbound_deliveries_reason_length_check" CHECK (char_length("inbound_deliveries"."reason") between 1 and 200),
	CONSTRAINT "inbound_deliveries_payload_key_length_check" CHECK (char_length("inbound_deliveries"."payload_key") between 1 and 1024),
	CONSTRAINT "inbound_deliveries_headers_object_check" CHECK (jsonb_typeof("inbound_deliveries"."headers") = 'object'),
	CONSTRAINT "inbound_deliveries_payload_once_check" CHECK (num_nonnulls("inbound_deliveries"."payload", "inbound_deliveries"."payload_key") <= 1),
	CONSTRAINT "inbound_deliveries_size_range_check" CHECK ("inbound_deliveries"."size_bytes" >= 0),
	CONSTRAINT "inbound_deliveries_result_object_check" CHECK (jsonb_typeof("inbound_deliveries"."result") = 'object'),
	CONSTRAINT "inbound_deliveries_attempts_range_check" CHECK ("inbound_deliveries"."attempts" >= 0),
	CONSTRAINT "inbound_deliveries_lease_pair_check" CHECK (num_nonnulls("inbound_deliveries"."lease_token", "inbound_deliveries"."lease_until") in (0, 2))
);
--> statement-breakpoint
CREATE TABLE "integration_installations" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"integration_id" uuid NOT NULL,
	"external_id" bigint NOT NULL,
	"account_id" bigint NOT NULL,
	"account_login" text NOT NULL,
	"account_type" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"permissions" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"token" text,
	"token_expires_at" timestamp (3) with time zone,
	"content_tat" timestamp (3) with time zone,
	"next_call_at" timestamp (3) with time zone,
	"throttled_until" timestamp (3) with time zone,
	"throttle_streak" integer DEFAULT 0 NOT NULL,
	"core_remaining" integer,
	"core_reset_at" timestamp (3) with time zone,
	"deliveries_seen_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "integration_installations_integration_id_external_id_key" UNIQUE("integration_id","external_id"),
	CONSTRAINT "integration_installations_status_check" CHECK ("integration_installations"."status" in ('pending', 'active', 'suspended', 'removed')),
	CONSTRAINT "integration_installations_account_login_length_check" CHECK (char_length("integration_installations"."account_login") between 1 and 100),
	CONSTRAINT "integration_installations_account_type_length_check" CHECK (char_length("integration_installations"."account_type") between 1 and 40),
	CONSTRAINT "integration_installations_ids_range_check" CHECK ("integration_installations"."external_id" > 0 and "integration_installations"."account_id" > 0),
	CONSTRAINT "integration_installations_permissions_object_check" CHECK (jsonb_typeof("integration_installations"."permissions") = 'object'),
	CONSTRAINT "integration_installations_token_sealed_check" CHECK ("integration_installations"."token" like 'm1.%'),
	CONSTRAINT "integration_installations_token_pair_check" CHECK (num_nonnulls("integration_installations"."token", "integration_installations"."token_expires_at") in (0, 2)),
	CONSTRAINT "integration_installations_throttle_streak_range_check" CHECK ("integration_installations"."throttle_streak" >= 0),
	CONSTRAINT "integration_installations_core_remaining_range_check" CHECK ("integration_installations"."core_remaining" >= 0)
);
--> statement-breakpoint
CREATE TABLE "integration_repositories" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"integration_id" uuid NOT NULL,
	"installation_id" uuid NOT NULL,
	"external_id" bigint NOT NULL,
	"node_id" text NOT NULL,
	"full_name" text NOT NULL,
	"html_url" text NOT NULL,
	"visibility" text NOT NULL,
	"archived" boolean DEFAULT false NOT NULL,
	"issues_enabled" boolean DEFAULT true NOT NULL,
	"status" text DEFAULT 'available' NOT NULL,
	"rules" jsonb DEFAULT '{"schemaVersion":1}'::jsonb NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"public_confirmed_at" timestamp (3) with time zone,
	"public_confirmed_by" uuid,
	"reconcile_at" timestamp (3) with time zone,
	"issues_cursor" timestamp (3) with time zone,
	"comments_cursor" timestamp (3) with time zone,
	"issues_etag" text,
	"comments_etag" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "integration_repositories_integration_id_external_id_key" UNIQUE("integration_id","external_id"),
	CONSTRAINT "integration_repositories_visibility_check" CHECK ("integration_repositories"."visibility" in ('public', 'private', 'internal')),
	CONSTRAINT "integration_repositories_status_check" CHECK ("integration_repositories"."status" in ('available', 'active', 'paused', 'removed')),
	CONSTRAINT "integration_repositories_node_id_length_check" CHECK (char_length("integration_repositories"."node_id") between 1 and 200),
	CONSTRAINT "integration_repositories_full_name_length_check" CHECK (char_length("integration_repositories"."full_name") between 3 and 200),
	CONSTRAINT "integration_repositories_html_url_length_check" CHECK (char_length("integration_repositories"."html_url") between 1 and 2048),
	CONSTRAINT "integration_repositories_issues_etag_length_check" CHECK (char_length("integration_repositories"."issues_etag") <= 1024),
	CONSTRAINT "integration_repositories_comments_etag_length_check" CHECK (char_length("integration_repositories"."comments_etag") <= 1024),
	CONSTRAINT "integration_repositories_external_id_range_check" CHECK ("integration_repositories"."external_id" > 0),
	CONSTRAINT "integration_repositories_position_range_check" CHECK ("integration_repositories"."position" >= 0),
	CONSTRAINT "integration_repositories_rules_object_check" CHECK (jsonb_typeof("integration_repositories"."rules") = 'object'),
	CONSTRAINT "integration_repositories_rules_size_check" CHECK (octet_length("integration_repositories"."rules"::text) <= 32768),
	CONSTRAINT "integration_repositories_confirmed_pair_check" CHECK (num_nonnulls("integration_repositories"."public_confirmed_at", "integration_repositories"."public_confirmed_by") in (0, 2))
);
--> statement-breakpoint
ALTER TABLE "inbound_deliveries" ADD CONSTRAINT "inbound_deliveries_target_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."integration_targets"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "integration_installations" ADD CONSTRAINT "integration_installations_integration_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "integration_repositories" ADD CONSTRAINT "integration_repositories_integration_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "integration_repositories" ADD CONSTRAINT "integration_repositories_installation_id_fk" FOREIGN KEY ("installation_id") REFERENCES "public"."integration_installations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "inbound_deliveries_target_id_idx" ON "inbound_deliveries" USING btree ("target_id");
--> statement-breakpoint
CREATE INDEX "inbound_deliveries_next_attempt_at_idx" ON "inbound_deliveries" USING btree ("next_attempt_at") WHERE "inbound_deliveries"."state" in ('received', 'retry', 'processing');
--> statement-breakpoint
CREATE INDEX "inbound_deliveries_source_created_at_id_idx" ON "inbound_deliveries" USING btree ("source","created_at","id");
--> statement-breakpoint
CREATE INDEX "inbound_deliveries_created_at_idx" ON "inbound_deliveries" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "integration_repositories_installation_id_idx" ON "integration_repositories" USING btree ("installation_id");
--> statement-breakpoint
CREATE INDEX "integration_repositories_reconcile_at_idx" ON "integration_repositories" USING btree ("reconcile_at") WHERE "integration_repositories"."status" = 'active';
--> statement-breakpoint
CREATE INDEX "integration_repositories_full_name_idx" ON "integration_repositories" USING btree (lower("full_name"));
