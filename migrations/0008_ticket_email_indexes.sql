-- concurrently
-- statement_timeout: 30min
CREATE INDEX CONCURRENTLY IF NOT EXISTS "email_messages_thread_id_idx" ON "email_messages" USING btree ("thread_id");
