import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ProxyStats } from '#local/neon-proxy.ts';

export interface BenchProxy {
  endpoint: string;
  /** What went to the database since it began. */
  spent(): Promise<ProxyStats>;
  stop(): Promise<void>;
}

/** The local Neon proxy on a thread of its own; `delayMs` is added to each round trip, as a real network does. */
export async function startProxy(delayMs: number): Promise<BenchProxy> {
  const thread = new Worker(new URL('./proxy-thread.ts', import.meta.url), { workerData: { delayMs } });
  const [endpoint] = (await once(thread, 'message')) as [string];
  return {
    endpoint,
    async spent() {
      const answered = once(thread, 'message');
      thread.postMessage('spent');
      const [stats] = (await answered) as [ProxyStats];
      return stats;
    },
    stop: async () => void (await thread.terminate()),
  };
}
