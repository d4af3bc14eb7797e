import { randomBytes } from 'node:crypto';
import { type NeonProxy, startNeonProxy } from '#local/neon-proxy.ts';
import { type LocalWorker, type QueueMode, startLocalWorker, type WorkerLog } from '#local/worker.ts';

/** Where the Worker believes to live; relative paths are asked there. */
export const PUBLIC_ORIGIN = 'https://desk.test';

const MASTER_KEY_BYTES = 32;

export interface TestWorkerOptions {
  databaseUrl: string;
  /** Secrets and variables, over the ones every test Worker has. */
  vars?: Readonly<Record<string, string>>;
  /** `at-once` delivers what is sent; `lost` delivers nothing, and the test calls `queue` itself. */
  queues?: Exclude<QueueMode, 'configured'>;
  /** Latency of each round trip to the database. */
  delayMs?: number;
  configPath?: string;
}

export interface TestWorker extends Pick<LocalWorker, 'scheduled' | 'email' | 'queue' | 'env'> {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  logs: WorkerLog[];
  /** This Worker's own way to the database: counts its round trips, and drops them when a test says so. */
  proxy: Pick<NeonProxy, 'stats' | 'setHook'>;
  close(): Promise<void>;
}

/** The real Worker of wrangler.toml on a test database. Close it when the tests of the file are over. */
export async function startWorker(options: TestWorkerOptions): Promise<TestWorker> {
  const proxy = await startNeonProxy({ delayMs: options.delayMs ?? 0 });
  const logs: WorkerLog[] = [];
  const worker = await startLocalWorker({
    vars: {
      DATABASE_URL: options.databaseUrl,
      NEON_FETCH_ENDPOINT: proxy.endpoint,
      MASTER_KEY: randomBytes(MASTER_KEY_BYTES).toString('base64'),
      PUBLIC_ORIGIN,
      ALLOW_LOCAL_TARGETS: 'http://127.0.0.1:*',
      RATE_LIMITS: 'off',
      ...options.vars,
    },
    queues: options.queues ?? 'at-once',
    onLog: (log) => logs.push(log),
    ...(options.configPath === undefined ? {} : { configPath: options.configPath }),
  }).catch(async (error: unknown) => {
    await proxy.stop();
    throw error;
  });
  return {
    fetch: (path, init) => worker.fetch(new URL(path, PUBLIC_ORIGIN).href, init),
    scheduled: worker.scheduled,
    email: worker.email,
    queue: worker.queue,
    env: worker.env,
    logs,
    proxy,
    async close() {
      await worker.stop();
      await proxy.stop();
    },
  };
}
