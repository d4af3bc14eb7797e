import { parentPort, workerData } from 'node:worker_threads';
import { startNeonProxy } from '#local/neon-proxy.ts';

// A thread of its own: the load generator must not wait for the database's stand-in, nor slow it down.
const proxy = await startNeonProxy({ delayMs: (workerData as { delayMs: number }).delayMs });
parentPort?.on('message', () => parentPort?.postMessage({ ...proxy.stats }));
parentPort?.postMessage(proxy.endpoint);
