-- concurrently
-- statement_timeout: 30min
CREATE INDEX CONCURRENTLY IF NOT EXISTS "conversations_contact_id_idx" ON "conversations" USING btree ("contact_id") WHERE "conversations"."contact_id" is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "conversations_inbox_id_idx" ON "conversations" USING btree ("inbox_id") WHERE "conversations"."inbox_id" is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "conversations_ticket_id_idx" ON "conversations" USING btree ("ticket_id") WHERE "conversations"."ticket_id" is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "in_app_notifications_batch_id_idx" ON "in_app_notifications" USING btree ("batch_id") WHERE "in_app_notifications"."batch_id" is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "in_app_notifications_ticket_id_idx" ON "in_app_notifications" USING btree ("ticket_id") WHERE "in_app_notifications"."ticket_id" is not null;
