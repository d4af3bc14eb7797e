import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '#local/postgres.ts';
import { migrate } from '#migrations/cli/migrate.ts';

const OPEN_FOLDER_MODE = 0o755;

export interface BenchDatabase {
  url: string;
  client: pg.Client;
  stop(): Promise<void>;
}

/**
 * A migrated database of its own that is dropped at the end: on the server that `DATABASE_URL` names, else on an embedded
 * one. Commits reach the disk as in production; a server without fsync would flatter every write.
 */
export async function openDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'mallard-bench-'));
  // Run as root, the server is another user and has to get in.
  await chmod(folder, OPEN_FOLDER_MODE);
  const server = await startPostgres({ dataDir: join(folder, 'postgres'), durable: true });
  const name = `mallard_bench_${randomBytes(6).toString('hex')}`;
  await onServer(server.url, `create database ${name}`);
  const url = Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  const client = new pg.Client({ connectionString: url });
  const stop = async (): Promise<void> => {
    await client.end();
    await onServer(server.url, `drop database if exists ${name} with (force)`);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await migrate({ databaseUrl: url });
    await client.connect();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, client, stop };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
