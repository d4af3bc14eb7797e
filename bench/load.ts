import { Agent, request } from 'node:http';
import { percentile } from './percentile.ts';

export interface Asked {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
}

export interface Load {
  url: string;
  headers: Readonly<Record<string, string>>;
  clients: number;
  seconds: number;
  /** The next request of a client, from 0; called when its last one was answered. */
  next(client: number): Asked;
}

export interface LoadResult {
  requests: number;
  failed: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** Status and text of the first answer that was no success. */
  firstFailure: string | null;
}

const LONGEST_ANSWER_MS = 30_000;

/** Clients that each wait for an answer before they ask again, on kept connections, for so many seconds. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.clients });
  const latencies: number[] = [];
  let failed = 0;
  let firstFailure: string | null = null;
  const started = performance.now();
  const end = started + load.seconds * 1000;
  const client = async (n: number): Promise<void> => {
    while (performance.now() < end) {
      const asked = performance.now();
      const { status, text } = await send(load, agent, load.next(n));
      latencies.push(performance.now() - asked);
      if (status >= 200 && status < 300) continue;
      failed += 1;
      firstFailure ??= `${status} ${text.slice(0, 400)}`;
    }
  };
  try {
    await Promise.all(Array.from({ length: load.clients }, (_, n) => client(n)));
  } finally {
    agent.destroy();
  }
  return {
    requests: latencies.length,
    failed,
    seconds: (performance.now() - started) / 1000,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    firstFailure,
  };
}

function send({ url, headers }: Load, agent: Agent, asked: Asked): Promise<{ status: number; text: string }> {
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const own =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const key = asked.method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {};
  return new Promise((done, fail) => {
    const sent = request(
      `${url}${asked.path}`,
      { method: asked.method, agent, headers: { ...headers, ...own, ...key }, timeout: LONGEST_ANSWER_MS },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () =>
          done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
        answer.once('error', fail);
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer to ${asked.path} in time`)));
    sent.once('error', fail);
    sent.end(body);
  });
}
