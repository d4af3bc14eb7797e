import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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

interface Running {
  worker: LocalWorker;
  proxy: NeonProxy;
  logs: WorkerLog[];
}

// Starting one takes seconds of CPU, and a Worker keeps nothing that its database does not hold but the files in R2.
const free = new Map<string, Running[]>();
/** Variables that many files give alike; a Worker with others of its own is stopped by whoever started it. */
const SHARED_VARS = new Set(['CHECK_ANSWERS', 'CORS_ORIGINS']);
const QUIET_MS = 60;

/**
 * The real Worker of wrangler.toml on a test database; one that an earlier file of this process is done with, when it is
 * configured alike. Close it when the tests of the file are over.
 */
export async function startWorker(options: TestWorkerOptions): Promise<TestWorker> {
  const { databaseUrl, ...shape } = options;
  const key = JSON.stringify(shape);
  const running = free.get(key)?.pop() ?? (await startRunning(options));
  const { worker, proxy, logs } = running;
  await proxy.aim(databaseUrl);
  proxy.stats.requests = proxy.stats.statements = 0;
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
      const seen = logs.splice(0).map(({ message }) => message);
      if (isShared(options)) await giveBack(key, running);
      else await stop(running);
      for (const message of seen) refuseBareUuid('the log', message);
    },
  };
}

const isShared = ({ configPath, delayMs, vars = {} }: TestWorkerOptions): boolean =>
  configPath === undefined && delayMs === undefined && Object.keys(vars).every((name) => SHARED_VARS.has(name));

async function startRunning(options: TestWorkerOptions): Promise<Running> {
  const proxy = await startNeonProxy({ delayMs: options.delayMs ?? 0 });
  const logs: WorkerLog[] = [];
  try {
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
    });
    return { worker, proxy, logs };
  } catch (error) {
    await proxy.stop();
    throw error;
  }
}

const stop = async ({ worker, proxy }: Running): Promise<void> => {
  await worker.stop();
  await proxy.stop();
};

/** Waits until what was sent to queues has had its turn, and takes the files away. */
async function giveBack(key: string, running: Running): Promise<void> {
  const { proxy, worker, logs } = running;
  for (let before = -1; before !== proxy.stats.requests; await sleep(QUIET_MS)) before = proxy.stats.requests;
  proxy.setHook(undefined);
  const bucket = (await worker.env()).ATTACHMENTS as Bucket;
  const { objects } = await bucket.list();
  if (objects.length > 0) await bucket.delete(objects.map((object) => object.key));
  logs.length = 0;
  free.set(key, [...(free.get(key) ?? []), running]);
}

interface Bucket {
  list(): Promise<{ objects: { key: string }[] }>;
  delete(keys: string[]): Promise<void>;
}

/** Of the versions that our rows have; what a test or the platform names by chance is of version 4. */
const BARE_UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/;

/** Outside the database an id says what it is; held for every answer and every log line of every test. */
function refuseBareUuid(where: string, text: string): void {
  const [uuid] = BARE_UUID.exec(text) ?? [];
  if (uuid !== undefined) throw new Error(`${where} shows the bare uuid ${uuid}: ${text.slice(0, 2000)}`);
}
