import type { WakeMessage } from '#services/kernel/wake.ts';

declare global {
  // The platform's names, as `wrangler types` writes them into bindings.d.ts, with as much of each as is used here.

  /** The producing half of a queue. */
  interface Queue {
    send(message: WakeMessage, options?: { delaySeconds?: number }): Promise<unknown>;
    sendBatch(messages: Iterable<{ body: WakeMessage; delaySeconds?: number }>): Promise<unknown>;
  }
  interface R2Bucket {
    put(key: string, value: ArrayBuffer | Uint8Array | string | ReadableStream): Promise<unknown>;
    get(
      key: string,
      options?: { range?: { offset: number; length: number } },
    ): Promise<{ arrayBuffer(): Promise<ArrayBuffer>; body: ReadableStream<Uint8Array> } | null>;
    delete(keys: string | string[]): Promise<void>;
    list(options: {
      prefix: string;
      limit: number;
      cursor?: string;
    }): Promise<{ objects: { key: string }[]; truncated: boolean; cursor?: string }>;
  }
  /** A counter of the platform, per location. */
  interface RateLimit {
    limit(options: { key: string }): Promise<{ success: boolean }>;
  }
  interface Fetcher {
    fetch(request: Request): Promise<Response>;
  }
}

/** What wrangler.toml binds, sets and requires, and what only some deployments set; the README says what for. */
export interface Env extends Bindings {
  DESK_URL?: string;
  FILES_ORIGIN?: string;
  /** Under which our mail exchanger writes `Authentication-Results`; Cloudflare's unless said. */
  MAIL_AUTHSERV_ID?: string;
  /** Lets its holder make the first owner, once; 32 characters at least. */
  SETUP_TOKEN?: string;
  /** Where the Neon driver sends its requests; set in local runs and tests only. */
  NEON_FETCH_ENDPOINT?: string;
  /** `true` makes every answer be parsed by its declared schema; set in local runs and tests. */
  CHECK_ANSWERS?: string;
}

/** The part of the platform's execution context that is used. */
export interface Context {
  waitUntil(promise: Promise<unknown>): void;
}
