import { createServer, type IncomingMessage } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { assertPortFree } from './ports.ts';

const HOST = '127.0.0.1';

export interface ReceivedEvent {
  id: string;
  type: string;
  payload: unknown;
}

export interface Receiver {
  url: string;
  port: number;
  stop(): Promise<void>;
}

export interface ReceiverOptions {
  /** The endpoint's signing secret (`whsec_…`), asked for at each event. Left out or empty, nothing is verified. */
  secret?: () => string | undefined;
  /** A free one when left out. */
  port?: number;
  onEvent?: (event: ReceivedEvent) => void;
  /** One line per request. */
  print?: (line: string) => void;
}

/**
 * A webhook consumer as a customer would write it: verifies the signature (Standard Webhooks 1.0), prints one line per
 * event, and answers 204, or 401 to what it cannot verify.
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  if (options.port !== undefined) await assertPortFree(options.port, 'the webhook receiver');
  const print = options.print ?? console.log;
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end('POST webhooks here\n');
    const id = String(request.headers['webhook-id'] ?? '');
    try {
      const body = await readText(request);
      const secret = options.secret?.();
      const payload: unknown = secret ? new Webhook(secret).verify(body, headersOf(request)) : JSON.parse(body);
      const event = { id, type: typeOf(payload), payload };
      print(`webhook  ${event.type.padEnd(22)}  ${secret ? 'verified' : 'unchecked'}  ${subjectOf(payload)}${id}`);
      options.onEvent?.(event);
      response.writeHead(204).end();
    } catch (error) {
      const forged = error instanceof WebhookVerificationError;
      print(`webhook  refused  ${id}  ${String(error)}`);
      response.writeHead(forged ? 401 : 400).end(`${String(error)}\n`);
    }
  });
  const port = await new Promise<number>((done, fail) => {
    server.once('error', fail).listen(options.port ?? 0, HOST, () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : 0);
    });
  });
  return {
    url: `http://${HOST}:${port}/`,
    port,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));

const typeOf = (payload: unknown): string =>
  typeof payload === 'object' && payload !== null && 'type' in payload ? String(payload.type) : 'no type';

/** What the event is about, where it names a ticket. */
function subjectOf(payload: unknown): string {
  const ticket = (payload as { data?: { ticket?: { number?: unknown; subject?: unknown } } } | null)?.data?.ticket;
  return ticket === undefined ? '' : `#${String(ticket.number)} ${String(ticket.subject)}  `;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
