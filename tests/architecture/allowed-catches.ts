/** Where an error becomes an answer, and how often: file → places. A new place is listed with its reason or it is not made. */
export const ALLOWED_CATCHES: Readonly<Record<string, number>> = {
  // A door answers, retries or logs for everybody behind it.
  'queues/run-batch.ts': 1,
  'workers/cron.ts': 1,
  'workers/routes/health.ts': 1,

  // The kernel decides what becomes of a refusal or a lost race, and of a database that does not answer.
  'services/kernel/neon-database.ts': 1,
  'services/kernel/load-for-caller.ts': 1,
  'services/kernel/run-dry.ts': 1,
  'services/kernel/run-verb.ts': 2,
  // Of many tickets, or of many actions that are tried out, each has its own answer, a refusal among them.
  'services/kernel/attempt.ts': 1,
  // A line of an import that is refused is that line's result.
  'services/bulk/import-job.ts': 1,
  'services/exchange/decide-chunk.ts': 1,
  'services/exchange/import-line.ts': 2,

  // Text or bytes of a stranger that cannot be read are a refusal, or nothing.
  'services/access/issuers/discover-keys.ts': 1,
  'services/access/sign-in/person-token.ts': 1,
  'services/access/sign-in/verify-token.ts': 1,
  'services/email/read-mail.ts': 1,
  'services/github/delivery-payload.ts': 4,
  'services/secrets/seal.ts': 1,
  'workers/issuer-keys.ts': 2,
  'workers/middleware/read-json.ts': 1,

  // A refusal is what was asked for: an explanation or a trial shows it.
  'services/explain/rehearse.ts': 1,
  'services/access/issuers/explain-token.ts': 1,
  'services/access/issuers/test-auth-issuer.ts': 1,

  // The far side of the network fails, and the failure is recorded.
  'services/outbound/call-out.ts': 1,
  'services/outbound/resolve-host.ts': 1,

  // One of many fails alone: the others go on, and the failure is told afterwards.
  'services/events/dispatch-events.ts': 1,
  'services/events/run-sink-alone.ts': 1,
  'services/inbound/attempt-inbound.ts': 1,
  'services/tick/run-tick.ts': 1,
  'services/webhooks/deliver-due.ts': 1,
  'services/webhooks/keep-bodies.ts': 1,

  // A limiter out of order lets pass.
  'workers/middleware/rate-limit.ts': 1,
};
