ALTER TABLE "auth_issuers" VALIDATE CONSTRAINT "auth_issuers_issuer_url_check";
--> statement-breakpoint
ALTER TABLE "auth_issuers" VALIDATE CONSTRAINT "auth_issuers_jwks_url_check";
