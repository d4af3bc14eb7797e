CREATE TABLE "email_suppressions" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"address" text NOT NULL,
	"reason" text NOT NULL,
	"scope" text NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"lifted_at" timestamp (3) with time zone,
	"lifted_by" uuid,
	"note" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "email_suppressions_reason_check" CHECK ("email_suppressions"."reason" in ('complaint', 'hard_bounce', 'soft_bounces', 'unsubscribed', 'manual')),
	CONSTRAINT "email_suppressions_scope_check" CHECK ("email_suppressions"."scope" in ('all', 'automatic')),
	CONSTRAINT "email_suppressions_address_length_check" CHECK (char_length("email_suppressions"."address") between 3 and 254),
	CONSTRAINT "email_suppressions_note_length_check" CHECK (char_length("email_suppressions"."note") <= 2000),
	CONSTRAINT "email_suppressions_address_lower_check" CHECK ("email_suppressions"."address" = lower("email_suppressions"."address")),
	CONSTRAINT "email_suppressions_lifted_pair_check" CHECK ("email_suppressions"."lifted_by" is null or "email_suppressions"."lifted_at" is not null)
);
--> statement-breakpoint
CREATE TABLE "email_threads" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"ticket_id" uuid NOT NULL,
	"recipient_kind" text NOT NULL,
	"contact_id" uuid,
	"principal_id" uuid,
	"address" text,
	"reply_ref" "bytea" NOT NULL,
	"subject" text,
	"last_wire_id" text,
	"wire_ids" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "email_threads_ticket_id_address_key" UNIQUE("ticket_id","address"),
	CONSTRAINT "email_threads_reply_ref_key" UNIQUE("reply_ref"),
	CONSTRAINT "email_threads_recipient_kind_check" CHECK ("email_threads"."recipient_kind" in ('customer', 'agent')),
	CONSTRAINT "email_threads_address_length_check" CHECK (char_length("email_threads"."address") between 3 and 254),
	CONSTRAINT "email_threads_subject_length_check" CHECK (char_length("email_threads"."subject") <= 998),
	CONSTRAINT "email_threads_last_wire_id_length_check" CHECK (char_length("email_threads"."last_wire_id") between 1 and 998),
	CONSTRAINT "email_threads_address_lower_check" CHECK ("email_threads"."address" = lower("email_threads"."address")),
	CONSTRAINT "email_threads_reply_ref_size_check" CHECK (octet_length("email_threads"."reply_ref") = 8),
	CONSTRAINT "email_threads_wire_ids_count_check" CHECK (cardinality("email_threads"."wire_ids") <= 20)
);
--> statement-breakpoint
ALTER TABLE "email_messages" ADD COLUMN "thread_id" uuid CONSTRAINT "email_messages_thread_id_fk" REFERENCES "public"."email_threads"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "email_threads" ADD CONSTRAINT "email_threads_ticket_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "public"."tickets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "email_threads" ADD CONSTRAINT "email_threads_contact_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "email_threads" ADD CONSTRAINT "email_threads_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
CREATE UNIQUE INDEX "email_suppressions_address_key" ON "email_suppressions" USING btree ("address") WHERE "email_suppressions"."lifted_at" is null;
--> statement-breakpoint
CREATE INDEX "email_threads_contact_id_idx" ON "email_threads" USING btree ("contact_id");
--> statement-breakpoint
CREATE INDEX "email_threads_principal_id_idx" ON "email_threads" USING btree ("principal_id");
