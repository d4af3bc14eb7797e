import type { WakeMessage } from '#services/kernel/wake.ts';

/** The producing half of a queue, as much of it as is used here. */
export interface QueueBinding {
  send(message: WakeMessage, options?: { delaySeconds?: number }): Promise<unknown>;
  sendBatch(messages: Iterable<{ body: WakeMessage; delaySeconds?: number }>): Promise<unknown>;
}

/** An R2 bucket, as much of it as is used here. */
export interface BucketBinding {
  put(key: string, value: ArrayBuffer | Uint8Array | string): Promise<unknown>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  delete(keys: string | string[]): Promise<void>;
}

/** A counter of the platform, per location. */
export interface RateLimitBinding {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** Bindings, variables and secrets of the Worker; `wrangler.toml` and the README say what each is for. */
export interface Env {
  DATABASE_URL: string;
  MASTER_KEY: string;
  PUBLIC_ORIGIN: string;
  DESK_URL?: string;
  FILES_ORIGIN?: string;
  CORS_ORIGINS?: string;
  ALLOW_LOCAL_TARGETS?: string;
  WEBHOOK_DOH_URL?: string;
  WEBHOOK_DENIED_HOSTS?: string;
  /** Under which our mail exchanger writes `Authentication-Results`; Cloudflare's unless said. */
  MAIL_AUTHSERV_ID?: string;
  /** `off` turns every rate limit off; for load tests. `/health` tells. */
  RATE_LIMITS?: string;
  /** Lets its holder make the first owner, once; 32 characters at least. */
  SETUP_TOKEN?: string;
  RELEASE?: string;
  /** Where the Neon driver sends its requests; set in local runs and tests only. */
  NEON_FETCH_ENDPOINT?: string;
  /** `true` makes every answer be parsed by its declared schema; set in local runs and tests. */
  CHECK_ANSWERS?: string;
  EVENTS: QueueBinding;
  WEBHOOKS: QueueBinding;
  WEBHOOKS_SLOW: QueueBinding;
  GITHUB: QueueBinding;
  EMAIL: QueueBinding;
  ATTACHMENTS: BucketBinding;
  IP_LIMIT?: RateLimitBinding;
  AUTH_FAIL_LIMIT?: RateLimitBinding;
  API_LIMIT?: RateLimitBinding;
  HEAVY_LIMIT?: RateLimitBinding;
  WORKSPACE_LIMIT?: RateLimitBinding;
}

/** The part of the platform's execution context that is used. */
export interface Context {
  waitUntil(promise: Promise<unknown>): void;
}
