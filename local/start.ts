import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { migrate } from '#migrations/cli/migrate.ts';
import { openDemo } from './demo/open-demo.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { assertPortFree } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { startReceiver } from './receiver.ts';
import { readState, type SavedState, writeState } from './saved-state.ts';
import { readStartOptions } from './start-options.ts';
import { startTicker } from './ticker.ts';
import { startLocalWorker } from './worker.ts';

const KEY_BYTES = 32;
const stops: (() => unknown)[] = [];

/** Says what is being set up and how long it took: a first start takes a while on a slow machine. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`${what.padEnd(46, '.')} `);
  const started = performance.now();
  const result = await work();
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

const buildDocs = () =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL('../scripts/build-api.ts', import.meta.url))]);

async function stopAll(code: number): Promise<never> {
  for (const stop of stops.reverse().splice(0))
    await Promise.resolve(stop()).catch((error: unknown) => console.error(String(error)));
  process.exit(code);
}

async function start(): Promise<void> {
  const options = readStartOptions(process.argv.slice(2), process.env);
  const folder = resolve(options.folder);
  await assertPortFree(options.port, 'the desk (--port)');
  await assertPortFree(options.receiverPort, 'the webhook receiver (--receiver-port)');
  const saved = await readState(folder);
  const publicOrigin = `http://127.0.0.1:${options.port}`;
  const masterKey = saved.masterKey ?? randomBytes(KEY_BYTES).toString('base64');

  const postgres = await step('Postgres 18', () =>
    startPostgres({
      dataDir: resolve(folder, 'postgres'),
      ...(options.postgresPort === undefined ? {} : { port: options.postgresPort }),
    }),
  );
  stops.push(() => postgres.stop());
  await step('Migrations', () => migrate({ databaseUrl: postgres.url }));
  await step('API document and docs page', buildDocs);
  const proxy = await startNeonProxy();
  stops.push(() => proxy.stop());

  let state: SavedState | undefined;
  const receiver = await startReceiver({ port: options.receiverPort, secret: () => state?.webhookSecret });
  stops.push(() => receiver.stop());

  const demo = await step('Demo desk', () =>
    openDemo({
      saved,
      databaseUrl: postgres.url,
      endpoint: proxy.endpoint,
      masterKey,
      publicOrigin,
      receiverUrl: receiver.url,
    }),
  );
  state = { url: publicOrigin, databaseUrl: postgres.url, receiverUrl: receiver.url, masterKey, ...demo };
  await writeState(folder, state);

  const worker = await step('The Worker, its queues and its mail door', () =>
    startLocalWorker({
      port: options.port,
      persistTo: resolve(folder, 'objects'),
      queues: 'configured',
      vars: {
        DATABASE_URL: postgres.url,
        NEON_FETCH_ENDPOINT: proxy.endpoint,
        MASTER_KEY: masterKey,
        PUBLIC_ORIGIN: publicOrigin,
        ALLOW_LOCAL_TARGETS: 'http://127.0.0.1:*',
        CHECK_ANSWERS: 'true',
        RELEASE: 'local',
      },
      onLog: ({ level, message }) => level === 'error' && console.error(`worker   ${message}`),
    }),
  );
  stops.push(() => worker.stop());
  const ticker = startTicker({
    crons: worker.crons,
    fire: (cron, at) => worker.scheduled(cron, at),
    onError: (error, cron) => console.error(`cron     ${cron}  ${String(error)}`),
  });
  stops.push(() => ticker.stop());
  console.log(whatToTry(state));
}

function whatToTry({ url, apiKey, apiKeys, receiverUrl, databaseUrl }: SavedState): string {
  const key = '-H "Authorization: Bearer $KEY"';
  return `
Mallard is running.

  API        ${url}/api/v1
  Reference  ${url}/docs/
  Health     ${url}/health
  Receiver   ${receiverUrl}  (prints each webhook below)
  Database   ${databaseUrl}

${apiKeys.map((each) => `  ${each.role.padEnd(13)}${each.name.padEnd(17)}${each.apiKey}`).join('\n')}

Try, in another terminal:

  export KEY=${apiKey}

  curl -s ${url}/api/v1/tickets ${key} -H 'Content-Type: application/json' \\
    -d '{"subject": "The gangway light is out", "body": "Since last night.", "priority": "high", "requester": {"email": "mia@harbour.example", "name": "Mia Roth"}}'

  curl -s '${url}/api/v1/tickets?statusCategory=open&limit=5' ${key}

  curl -s ${url}/api/v1/tickets/by-number/1 ${key}

  curl -s '${url}/api/v1/contacts?q=northwind' ${key}

Within a minute a demo ticket breaches its SLA, and the receiver prints ticket.sla_breached. Ctrl-C stops everything.
`;
}

process.once('SIGINT', () => void stopAll(0));
process.once('SIGTERM', () => void stopAll(0));
await start().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  return stopAll(1);
});
