import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  type OutputMode,
  runStatement,
  runTransaction,
  type Statement,
  type TransactionMode,
} from './neon-statements.ts';
import { assertPortFree } from './ports.ts';

const HOST = '127.0.0.1';
const CONNECTIONS_PER_DATABASE = 16;
const KEEP_ALIVE_MS = 65_000;
// Neon refuses larger requests.
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const ERROR_FIELDS = [
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

export interface ProxyRequest {
  queries: string[];
  /** 1 for the first request with these query texts since the hook was set, 2 for the next one, whatever the parameters. */
  attempt: number;
}

/** `drop-before` closes the connection unexecuted; `drop-after` executes, commits, and closes it without an answer. */
export type ProxyVerdict = 'pass' | 'drop-before' | 'drop-after';
export type RequestHook = (request: ProxyRequest) => ProxyVerdict | Promise<ProxyVerdict>;

export interface NeonProxyOptions {
  /** Connects here whatever a request names; left out, to what the request names. */
  databaseUrl?: string;
  /** A free one when left out. */
  port?: number;
  /** Added to each round trip, as the way to a far database would. */
  delayMs?: number;
  onRequest?: RequestHook;
}

export interface ProxyStats {
  requests: number;
  statements: number;
  databaseMs: number;
}

export interface NeonProxy {
  url: string;
  /** For `neonConfig.fetchEndpoint`. */
  endpoint: string;
  port: number;
  /** Round trips, the statements in them and the milliseconds that the database took for them; a test sets them back to 0. */
  stats: ProxyStats;
  setHook(hook: RequestHook | undefined): void;
  /** From now on to this database, whatever a request names; the connections to others are closed once they are free. */
  aim(databaseUrl: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The HTTP side of Neon in front of any Postgres: the protocol that `@neondatabase/serverless` 1.x speaks
 * (POST /sql with one query, or `{queries}` as one transaction; Postgres errors as 400 with their fields).
 */
export async function startNeonProxy(options: NeonProxyOptions = {}): Promise<NeonProxy> {
  if (options.port !== undefined) await assertPortFree(options.port, 'the Neon proxy');
  const pools = new Map<string, pg.Pool>();
  const stats: ProxyStats = { requests: 0, statements: 0, databaseMs: 0 };
  const seen = new Map<string, number>();
  let hook = options.onRequest;
  let aimedAt = options.databaseUrl;

  const connect = (connectionString: string): Promise<pg.PoolClient> => {
    let pool = pools.get(connectionString);
    if (pool === undefined) {
      pool = new pg.Pool({ connectionString, max: CONNECTIONS_PER_DATABASE, allowExitOnIdle: true });
      // A database dropped with its idle connections is no news to anybody.
      pool.on('error', () => undefined);
      pool.on('connect', (client) => client.on('error', () => undefined));
      pools.set(connectionString, pool);
    }
    return pool.connect();
  };

  const judge = async (statements: readonly Statement[]): Promise<ProxyVerdict> => {
    if (hook === undefined) return 'pass';
    const queries = statements.map((statement) => statement.query);
    const key = queries.join('\n');
    const attempt = (seen.get(key) ?? 0) + 1;
    seen.set(key, attempt);
    return hook({ queries, attempt });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST' || request.url !== '/sql') return send(response, 404, { message: 'POST /sql' });
    const body = parseBody(await readBody(request));
    const statements = 'queries' in body ? body.queries : [body];
    stats.requests += 1;
    stats.statements += statements.length;
    if (options.delayMs) await sleep(options.delayMs);
    const verdict = await judge(statements);
    if (verdict === 'drop-before') return void request.socket.destroy();

    const client = await connect(aimedAt ?? header(request, 'neon-connection-string') ?? '');
    const output = outputMode(request);
    const began = performance.now();
    try {
      const result =
        'queries' in body
          ? { results: await runTransaction(client, body.queries, transactionMode(request), output) }
          : await runStatement(client, body, output);
      stats.databaseMs += performance.now() - began;
      if (verdict === 'drop-after') request.socket.destroy();
      else send(response, 200, result);
    } finally {
      await giveBack(client);
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (error instanceof pg.DatabaseError) send(response, 400, errorBody(error));
      else if (error instanceof BadRequest || error instanceof RangeError)
        send(response, 400, { message: error.message });
      else send(response, 503, { message: String(error) });
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listen(server, options.port ?? 0);
  const url = `http://${HOST}:${port}`;
  return {
    url,
    endpoint: `${url}/sql`,
    port,
    stats,
    setHook(next) {
      seen.clear();
      hook = next;
    },
    async aim(databaseUrl) {
      aimedAt = databaseUrl;
      const others = [...pools].filter(([each]) => each !== databaseUrl);
      for (const [each] of others) pools.delete(each);
      await Promise.all(others.map(([, pool]) => pool.end()));
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

class BadRequest extends Error {}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

const outputMode = (request: IncomingMessage): OutputMode => ({
  rawText: header(request, 'neon-raw-text-output') === 'true',
  arrayRows: header(request, 'neon-array-mode') === 'true',
});

const transactionMode = (request: IncomingMessage): TransactionMode => ({
  isolationLevel: header(request, 'neon-batch-isolation-level'),
  readOnly: header(request, 'neon-batch-read-only') === 'true',
  deferrable: header(request, 'neon-batch-deferrable') === 'true',
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new BadRequest(`request is too large (max is ${MAX_BODY_BYTES} bytes)`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): Statement | { queries: Statement[] } {
  const body: unknown = JSON.parse(text);
  if (isStatement(body)) return body;
  if (typeof body === 'object' && body !== null && 'queries' in body) {
    const { queries } = body;
    if (Array.isArray(queries) && queries.every(isStatement)) return { queries };
  }
  throw new BadRequest('expected {query, params} or {queries: [{query, params}]}');
}

const isStatement = (value: unknown): value is Statement =>
  typeof value === 'object' &&
  value !== null &&
  'query' in value &&
  typeof value.query === 'string' &&
  'params' in value &&
  Array.isArray(value.params);

function errorBody(error: pg.DatabaseError): Record<string, string | null> {
  return {
    message: error.message,
    ...Object.fromEntries(ERROR_FIELDS.map((field) => [field, error[field] ?? null])),
  };
}

// No setting, lock or temporary table of one request reaches the next. Plans of functions do, as through Neon's proxy, which
// hands a connection on as it is; so this is `discard all` without `discard plans`.
const RESET = `close all; set session authorization default; reset all; deallocate all; unlisten *;
  select pg_advisory_unlock_all(); discard sequences; discard temp`;

async function giveBack(client: pg.PoolClient): Promise<void> {
  const broken = await client.query(RESET).then(
    () => false,
    () => true,
  );
  client.release(broken);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, HOST, () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : port);
    });
  });
}
