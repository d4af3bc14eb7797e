import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { unstable_readConfig, unstable_startWorker } from 'wrangler';
import { assertPortFree } from './ports.ts';

const WRANGLER_CONFIG = fileURLToPath(new URL('../wrangler.toml', import.meta.url));
const HOST = '127.0.0.1';
// A name that no file has: variables then come from wrangler.toml and the caller alone, not from a developer's .dev.vars.
const NO_ENV_FILE = 'none.env';

/** `configured` as in wrangler.toml; `at-once` without waiting for a batch to fill; `lost`: what is sent reaches nobody. */
export type QueueMode = 'configured' | 'at-once' | 'lost';

export interface WorkerLog {
  timestamp: number;
  level: string;
  message: string;
}

export interface LocalWorkerOptions {
  /** Secrets and variables, over those of wrangler.toml. */
  vars: Readonly<Record<string, string>>;
  configPath?: string;
  /** A free one when left out. */
  port?: number;
  /** Folder in which R2 objects outlive a restart; left out, they live in memory. */
  persistTo?: string;
  queues?: QueueMode;
  /** Builds and reloads the Worker whenever one of its files changes. */
  watch?: boolean;
  onLog?: (log: WorkerLog) => void;
}

export interface QueuedMessage {
  body: unknown;
  id?: string;
  attempts?: number;
  timestamp?: Date;
}

export interface LocalWorker {
  url: string;
  /** The crons of wrangler.toml. */
  crons: readonly string[];
  /** An absolute URL is what the Worker sees. Redirects are not followed unless asked. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  scheduled(cron: string, at?: Date): Promise<{ outcome: string; noRetry: boolean }>;
  email(mail: { from: string; to: string; raw: string | Uint8Array }): Promise<EmailOutcome>;
  /** Hands messages to the consumer at once, past the queue. */
  queue(name: string, messages: readonly QueuedMessage[]): Promise<QueueOutcome>;
  /** Variables and bindings, R2 and queues included. */
  env(): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export interface EmailOutcome {
  outcome: string;
  rejectReason?: string;
  forwards: unknown[];
  replies: unknown[];
}

export interface QueueOutcome {
  outcome: string;
  ackAll: boolean;
  retryBatch: { retry: boolean; delaySeconds?: number };
  explicitAcks: string[];
  retryMessages: { msgId: string; delaySeconds?: number }[];
}

/**
 * Runs the real Worker of wrangler.toml in workerd with queues, R2, mail and rate limits, and workerd's own network:
 * redirects, refused connections and aborts reach the Worker as they do in production.
 * @throws Error when the port is taken, the build fails or the runtime refuses the Worker.
 */
export async function startLocalWorker(options: LocalWorkerOptions): Promise<LocalWorker> {
  if (options.port !== undefined) await assertPortFree(options.port, 'the Worker');
  // Wrangler reads its own settings here. Without the first it asks the internet where this machine stands.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false';
  process.env.WRANGLER_LOG ??= options.watch ? 'error' : 'none';
  // Left to itself it writes traces of each request to disk, for a page that nobody opens here: most of a request's time.
  process.env.X_LOCAL_OBSERVABILITY ??= 'false';
  process.env.X_LOCAL_EXPLORER ??= 'false';
  const configPath = options.configPath ?? WRANGLER_CONFIG;
  const config = unstable_readConfig({ config: configPath }, { hideWarnings: true });
  // A checkout that was not built yet has no assets; the rest of the Worker runs all the same.
  if (config.assets?.directory) await mkdir(resolve(dirname(configPath), config.assets.directory), { recursive: true });
  const worker = await unstable_startWorker({
    config: {
      ...config,
      queues: { ...config.queues, consumers: consumersFor(options.queues, config.queues.consumers) },
    },
    envFiles: [NO_ENV_FILE],
    bindings: Object.fromEntries(
      Object.entries(options.vars).map(([name, value]) => [name, { type: 'secret_text', value }]),
    ),
    dev: {
      server: { hostname: HOST, port: options.port ?? 0 },
      inspector: false,
      watch: options.watch ?? false,
      persist: options.persistTo ?? false,
      structuredLogsHandler: options.onLog ?? (() => undefined),
    },
  }).catch((error: Error) => Promise.reject(error.cause ?? error));
  await firstLoad(worker).catch(async (error: unknown) => {
    await worker.dispose();
    throw error;
  });
  const url = await worker.url;
  const door = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await dispatch(runtimeOf(worker), new URL(path, url).href, init);
    if (response.status >= 400 && response.status < 500) throw new Error(`${path}: ${await response.text()}`);
    return response;
  };

  return {
    url: url.origin,
    crons: config.triggers.crons ?? [],
    fetch: (target, init) => dispatch(runtimeOf(worker), new URL(target, url).href, { redirect: 'manual', ...init }),
    async scheduled(cron, at = new Date()) {
      const query = new URLSearchParams({ format: 'json', cron, time: String(at.getTime()) });
      return (await door(`/cdn-cgi/local/scheduled?${query}`)).json();
    },
    async email({ from, to, raw }) {
      const query = new URLSearchParams({ format: 'json', from, to });
      return (await door(`/cdn-cgi/local/email?${query}`, { method: 'POST', body: raw as BodyInit })).json();
    },
    async queue(name, messages) {
      const consumer: unknown = await runtimeOf(worker).getWorker();
      return (consumer as QueueConsumer).queue(name, messages.map(asDelivered));
    },
    env: () => runtimeOf(worker).getBindings<Record<string, unknown>>(),
    stop: () => worker.dispose(),
  };
}

type Worker = Awaited<ReturnType<typeof unstable_startWorker>>;
interface QueueConsumer {
  queue(name: string, messages: Required<QueuedMessage>[]): Promise<QueueOutcome>;
}

type Config = ReturnType<typeof unstable_readConfig>;

// Wrangler resolves, and gives a URL, before it knows whether the Worker builds and runs; only its events tell.
function firstLoad(worker: Worker): Promise<void> {
  return new Promise((done, fail) => {
    const failed = (event: { cause?: unknown }): void => fail(event.cause ?? event);
    worker.raw.once('reloadComplete', () => done());
    worker.raw.once('buildFailed', failed);
    worker.raw.once('error', failed);
  });
}

// The Worker's own runtime, not the proxy that Wrangler puts before it: a request takes two thirds of the time.
function runtimeOf(worker: Worker): Miniflare {
  const [controller] = worker.raw.runtimes;
  if (controller !== undefined && 'mf' in controller && controller.mf instanceof Miniflare) return controller.mf;
  throw new Error('Wrangler has no local runtime of this Worker');
}

// Node's own Request and FormData are strangers to the undici that Miniflare brings, so only plain values cross.
async function dispatch(runtime: Miniflare, url: string, init: RequestInit = {}): Promise<Response> {
  const request = new Request(url, init);
  const answer = await runtime.dispatchFetch(url, {
    method: request.method,
    // Unasked, the two ends of one machine would compress all that they say to each other.
    headers: [['accept-encoding', 'identity'], ...request.headers],
    body: request.body === null ? null : await request.arrayBuffer(),
    redirect: request.redirect,
    ...(init.signal ? { signal: init.signal } : {}),
  });
  return new Response(answer.body as ReadableStream | null, {
    status: answer.status,
    statusText: answer.statusText,
    headers: [...answer.headers],
  });
}

function consumersFor(mode: QueueMode = 'configured', configured: Config['queues']['consumers'] = []) {
  if (mode === 'lost') return [];
  return mode === 'configured'
    ? configured
    : configured.map((consumer: object) => ({ ...consumer, max_batch_timeout: 0 }));
}

const asDelivered = (message: QueuedMessage) => ({
  id: message.id ?? crypto.randomUUID(),
  timestamp: message.timestamp ?? new Date(),
  attempts: message.attempts ?? 1,
  body: message.body,
});
