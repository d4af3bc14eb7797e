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
    async fetch(path, init) {
      const answer = await worker.fetch(new URL(path, PUBLIC_ORIGIN).href, init);
      if (answer.headers.get('content-type')?.includes('json') === true)
        refuseBareUuid(path, await answer.clone().text());
      return answer;
    },
    scheduled: worker.scheduled,
    email: worker.email,
    queue: worker.queue,
    env: worker.env,
    logs,
    proxy,
    async close() {
      await worker.stop();
      await proxy.stop();
      for (const { message } of logs) refuseBareUuid('the log', message);
    },
  };
}

/** Of the versions that our rows have; what a test or the platform names by chance is of version 4. */
const BARE_UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/;

/** Outside the database an id says what it is; held for every answer and every log line of every test. */
function refuseBareUuid(where: string, text: string): void {
  const [uuid] = BARE_UUID.exec(text) ?? [];
  if (uuid !== undefined) throw new Error(`${where} shows the bare uuid ${uuid}: ${text.slice(0, 2000)}`);
}
