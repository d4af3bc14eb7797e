CREATE TABLE "delivery_health" (
	"target_id" uuid PRIMARY KEY NOT NULL,
	"sink" text NOT NULL,
	"consecutive_failures" integer DEFAULT 0 NOT NULL,
	"failures_since_success" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"breaker_until" timestamp (3) with time zone,
	"breaker_step" smallint DEFAULT 0 NOT NULL,
	"slow" boolean DEFAULT false NOT NULL,
	"slow_streak" smallint DEFAULT 0 NOT NULL,
	"quick_streak" smallint DEFAULT 0 NOT NULL,
	"last_success_at" timestamp (3) with time zone,
	"last_failure_at" timestamp (3) with time zone,
	"last_outcome" text,
	"notices" smallint DEFAULT 0 NOT NULL,
	"held_from" bigint,
	CONSTRAINT "delivery_health_sink_check" CHECK ("delivery_health"."sink" in ('webhook', 'chat', 'github', 'sla_escalation', 'routing')),
	CONSTRAINT "delivery_health_last_outcome_check" CHECK ("delivery_health"."last_outcome" in ('delivered', 'http_error', 'redirect', 'gone', 'timeout', 'network', 'dns', 'blocked', 'lost')),
	CONSTRAINT "delivery_health_counts_check" CHECK (least("delivery_health"."consecutive_failures", "delivery_health"."failures_since_success", "delivery_health"."breaker_step", "delivery_health"."slow_streak", "delivery_health"."quick_streak", "delivery_health"."notices") >= 0),
	CONSTRAINT "delivery_health_held_from_check" CHECK ("delivery_health"."held_from" >= 0)
);
--> statement-breakpoint
CREATE TABLE "service_hours" (
	"metric" text NOT NULL,
	"target_id" uuid NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"count" bigint DEFAULT 0 NOT NULL,
	"failed" bigint DEFAULT 0 NOT NULL,
	"buckets" bigint[] NOT NULL,
	CONSTRAINT "service_hours_metric_target_id_hour_pk" PRIMARY KEY("metric","target_id","hour"),
	CONSTRAINT "service_hours_metric_check" CHECK ("service_hours"."metric" in ('dispatch', 'delivery', 'first_attempt', 'endpoint_latency', 'notify_mail', 'seal')),
	CONSTRAINT "service_hours_counts_check" CHECK ("service_hours"."count" >= 0 and "service_hours"."failed" >= 0),
	CONSTRAINT "service_hours_buckets_check" CHECK (cardinality("service_hours"."buckets") = 96)
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"delivery_id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"round" smallint NOT NULL,
	"attempt" smallint NOT NULL,
	"outcome" text NOT NULL,
	"http_status" smallint,
	"latency_ms" bigint,
	"request_bytes" integer,
	"url_host" text,
	"response_headers" jsonb,
	"response_body" text,
	"retry_after_seconds" integer,
	"started_at" timestamp (3) with time zone NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_deliveries_delivery_id_round_attempt_key" UNIQUE("delivery_id","round","attempt"),
	CONSTRAINT "webhook_deliveries_outcome_check" CHECK ("webhook_deliveries"."outcome" in ('delivered', 'http_error', 'redirect', 'gone', 'timeout', 'network', 'dns', 'blocked', 'lost')),
	CONSTRAINT "webhook_deliveries_counts_check" CHECK ("webhook_deliveries"."round" >= 1 and "webhook_deliveries"."attempt" >= 1),
	CONSTRAINT "webhook_deliveries_measures_check" CHECK (least("webhook_deliveries"."latency_ms", "webhook_deliveries"."request_bytes", "webhook_deliveries"."retry_after_seconds") >= 0),
	CONSTRAINT "webhook_deliveries_url_host_length_check" CHECK (char_length("webhook_deliveries"."url_host") between 1 and 253),
	CONSTRAINT "webhook_deliveries_response_headers_object_check" CHECK (jsonb_typeof("webhook_deliveries"."response_headers") = 'object' and octet_length("webhook_deliveries"."response_headers"::text) <= 1536),
	CONSTRAINT "webhook_deliveries_response_body_length_check" CHECK (char_length("webhook_deliveries"."response_body") <= 2048)
);
--> statement-breakpoint
CREATE TABLE "webhook_recoveries" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"webhook_id" uuid NOT NULL,
	"from_position" bigint NOT NULL,
	"to_position" bigint NOT NULL,
	"cursor" bigint NOT NULL,
	"states" text[] NOT NULL,
	"matched" bigint DEFAULT 0 NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"requested_by_principal_id" uuid NOT NULL,
	"heartbeat_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_recoveries_positions_check" CHECK ("webhook_recoveries"."from_position" >= 0 and "webhook_recoveries"."to_position" >= 0 and "webhook_recoveries"."cursor" >= 0 and "webhook_recoveries"."matched" >= 0),
	CONSTRAINT "webhook_recoveries_states_check" CHECK ("webhook_recoveries"."states" <@ array['dead', 'cancelled', 'missing']::text[]),
	CONSTRAINT "webhook_recoveries_states_some_check" CHECK (cardinality("webhook_recoveries"."states") >= 1),
	CONSTRAINT "webhook_recoveries_state_check" CHECK ("webhook_recoveries"."state" in ('running', 'done', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "webhook_recoveries" ADD CONSTRAINT "webhook_recoveries_webhook_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "service_hours_hour_idx" ON "service_hours" USING btree ("hour");
--> statement-breakpoint
CREATE INDEX "webhook_deliveries_target_id_started_at_id_idx" ON "webhook_deliveries" USING btree ("target_id","started_at","id");
--> statement-breakpoint
CREATE INDEX "webhook_deliveries_started_at_idx" ON "webhook_deliveries" USING btree ("started_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_recoveries_webhook_id_key" ON "webhook_recoveries" USING btree ("webhook_id") WHERE "webhook_recoveries"."state" = 'running';
--> statement-breakpoint
CREATE INDEX "webhook_recoveries_webhook_id_created_at_idx" ON "webhook_recoveries" USING btree ("webhook_id","created_at");
--> statement-breakpoint
CREATE INDEX "webhook_recoveries_updated_at_idx" ON "webhook_recoveries" USING btree ("updated_at") WHERE "webhook_recoveries"."state" <> 'running';
--> statement-breakpoint
create trigger webhook_deliveries_append_only before update or delete on public.webhook_deliveries
for each row execute function public.append_only();
--> statement-breakpoint
create trigger webhook_deliveries_no_truncate before truncate on public.webhook_deliveries
for each statement execute function public.append_only();
