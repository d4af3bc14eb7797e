-- concurrently
-- statement_timeout: 30min
CREATE INDEX CONCURRENTLY IF NOT EXISTS "inboxes_business_hours_id_idx" ON "inboxes" USING btree ("business_hours_id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tickets_sla_next_due_at_id_idx" ON "tickets" USING btree ("sla_next_due_at","id") WHERE "tickets"."is_active" and "tickets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tickets_sla_policy_id_idx" ON "tickets" USING btree ("sla_policy_id") WHERE "tickets"."sla_policy_id" is not null;
