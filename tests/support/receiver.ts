import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
const POLL_MS = 10;
const PATIENCE_MS = 15_000;

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Names as they were sent, in order, repeated ones included. */
  rawHeaders: string[];
  body: Buffer;
  at: Date;
}

/** How the far side behaves for one request. */
export type Answer =
  | { status: number; headers?: Record<string, string>; body?: string | Buffer; delayMs?: number }
  /** Takes the request and never answers. */
  | { hang: true }
  /** Closes the connection without an answer. */
  | { reset: true }
  /** Sends the head and then a chunk every `everyMs`, `chunks` times. */
  | { drip: { chunk: string; everyMs: number; chunks: number } }
  /** Promises more bytes than it sends and closes. */
  | { truncate: string };

export type Script = Answer | readonly Answer[] | ((request: RecordedRequest, index: number) => Answer);

export interface ScriptedReceiver {
  url: string;
  requests: RecordedRequest[];
  /** A list is used up in order, its last entry for ever after. Counting starts again. */
  answerWith(script: Script): void;
  /** Waits until `count` requests have come in all. @throws Error after 15 s. */
  waitFor(count: number): Promise<RecordedRequest[]>;
  stop(): Promise<void>;
}

/** The far side of an outgoing request, for tests: records what comes, byte for byte, and behaves as it is told. */
export async function startScriptedReceiver(script: Script = { status: 204 }): Promise<ScriptedReceiver> {
  const requests: RecordedRequest[] = [];
  let current = script;
  let index = 0;

  const server = createServer(async (request, response) => {
    const recorded = await record(request);
    requests.push(recorded);
    await play(pick(current, recorded, index++), response);
  });
  await new Promise<void>((done) => server.listen(0, HOST, done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  return {
    url: `http://${HOST}:${port}`,
    requests,
    answerWith(next) {
      current = next;
      index = 0;
    },
    async waitFor(count) {
      for (const start = Date.now(); requests.length < count; await sleep(POLL_MS)) {
        if (Date.now() - start > PATIENCE_MS) throw new Error(`${requests.length} of ${count} requests came`);
      }
      return requests;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function pick(script: Script, request: RecordedRequest, index: number): Answer {
  if (typeof script === 'function') return script(request, index);
  if (!isList(script)) return script;
  return script[Math.min(index, script.length - 1)] ?? { status: 204 };
}

const isList = (script: Answer | readonly Answer[]): script is readonly Answer[] => Array.isArray(script);

async function play(answer: Answer, response: ServerResponse): Promise<void> {
  if ('hang' in answer) return;
  if ('reset' in answer) return void response.socket?.destroy();
  if ('truncate' in answer) {
    response.writeHead(200, { 'content-length': String(Buffer.byteLength(answer.truncate) + 100) });
    response.write(answer.truncate, () => response.socket?.destroy());
    return;
  }
  if ('drip' in answer) {
    response.writeHead(200);
    for (let sent = 0; sent < answer.drip.chunks && !response.destroyed; sent += 1) {
      response.write(answer.drip.chunk);
      await sleep(answer.drip.everyMs);
    }
    return void response.end();
  }
  if (answer.delayMs) await sleep(answer.delayMs);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  const at = new Date();
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: Buffer.concat(chunks),
    at,
  };
}
