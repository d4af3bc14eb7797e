import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type V4MiniflareOptions,
  type V4WorkerOptionsShape,
} from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { type BuiltWorker, builtWorker } from './built-worker.ts';
import { childrenNamed } from './process-cpu.ts';
import { type BenchProxy, startProxy } from './proxy.ts';

const HOST = '127.0.0.1';
const NAME = 'mallard';

export interface DeskOptions {
  databaseUrl: string;
  masterKey: string;
  /** Milliseconds added to each round trip to the database. */
  rttMs: number;
}

export interface Desk {
  url: string;
  /** Of workerd; undefined where processes cannot be listed. */
  pid: number | undefined;
  proxy: BenchProxy;
  /** From the start of the runtime to the first answer, milliseconds. */
  firstAnswerMs: number;
  /** Hands messages to the consumer at once, past the queue. */
  queue(name: string, bodies: readonly unknown[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The built Worker in workerd, reached on its own socket: Wrangler's dev server puts a proxy Worker before it, and
 * Miniflare's own URL an entry Worker, and either would be measured too. What the Worker sends to queues nobody consumes.
 */
export async function startDesk(options: DeskOptions): Promise<Desk> {
  const { modules } = await builtWorker();
  const proxy = await startProxy(options.rttMs);
  const before = childrenNamed('workerd');
  const started = performance.now();
  const runtime = new Miniflare(convertV4MiniflareOptions(runtimeOptions(options, proxy.endpoint, modules)));
  const stop = async (): Promise<void> => {
    await runtime.dispose();
    await proxy.stop();
  };
  try {
    await runtime.ready;
    const url = (await runtime.unsafeGetDirectURL(NAME)).origin;
    await (await fetch(`${url}/health/live`)).arrayBuffer();
    const firstAnswerMs = performance.now() - started;
    const pid = childrenNamed('workerd').find((each) => !before.includes(each));
    return { url, pid, proxy, firstAnswerMs, queue: (name, bodies) => queue(runtime, name, bodies), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function runtimeOptions(options: DeskOptions, endpoint: string, modules: BuiltWorker['modules']): V4MiniflareOptions {
  const config = unstable_readConfig({ config: 'wrangler.toml' }, { hideWarnings: true });
  // The secrets are handed in below; Wrangler would look for them in files and in the environment.
  const read = unstable_getMiniflareWorkerOptions({ ...config, secrets: undefined })
    .workerOptions as Partial<V4WorkerOptionsShape>;
  // Assets have a router before the Worker, and rules for modules are of use to a build only.
  const { assets: _router, modulesRules: _build, queueConsumers: _nobody, ...rest } = read;
  return {
    ...rest,
    name: NAME,
    host: HOST,
    port: 0,
    cf: false,
    logRequests: false,
    log: new Log(LogLevel.NONE),
    modules,
    modulesRoot: '/',
    bindings: {
      ...read.bindings,
      DATABASE_URL: options.databaseUrl,
      NEON_FETCH_ENDPOINT: endpoint,
      MASTER_KEY: options.masterKey,
      ALLOW_LOCAL_TARGETS: 'http://127.0.0.1:*',
      // The platform counts outside the isolate; Miniflare's counter costs 1-2 ms of the CPU that is measured here.
      RATE_LIMITS: 'off',
    },
    unsafeDirectSockets: [{ host: HOST, port: 0 }],
  };
}

interface Consumer {
  queue(name: string, messages: readonly object[]): Promise<unknown>;
}

async function queue(runtime: Miniflare, name: string, bodies: readonly unknown[]): Promise<void> {
  const worker: unknown = await runtime.getWorker(NAME);
  const timestamp = new Date();
  await (worker as Consumer).queue(
    name,
    bodies.map((body) => ({ id: crypto.randomUUID(), timestamp, attempts: 1, body })),
  );
}
