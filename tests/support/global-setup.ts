import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startNeonProxy } from '#local/neon-proxy.ts';
import { startPostgres } from '#local/postgres.ts';
import { migrate } from '#migrations/cli/migrate.ts';
import { onServer, withDatabase } from './maintenance.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The maintenance database of the server for this run. */
    postgresUrl: string;
    /** A migrated database that nothing writes to, to be cloned. */
    templateName: string;
    /** For `neonConfig.fetchEndpoint`; it connects to what each request names. */
    neonEndpoint: string;
  }
}

const OPEN_FOLDER_MODE = 0o755;
const MEMORY = '/dev/shm';
/** Several times what a run has written at once. */
const ROOM_BYTES = 6 * 1024 ** 3;
const APP_ROLE = 'do $$ begin create role mallard_app login; exception when duplicate_object then null; end $$';

/** One Postgres, one migrated template and one Neon proxy for the whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(await roomFor(), 'mallard-test-'));
  // Run as root, the server is another user and has to get in.
  await chmod(folder, OPEN_FOLDER_MODE);
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false });
  const proxy = await startNeonProxy();
  const templateName = `mallard_template_${randomBytes(6).toString('hex')}`;
  const teardown = async (): Promise<void> => {
    await proxy.stop();
    await onServer(postgres.url, `alter database ${templateName} with is_template false`);
    await onServer(postgres.url, `drop database if exists ${templateName} with (force)`);
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };

  // Roles belong to the server: made here, so that every database of the run gets the same grants.
  await onServer(postgres.url, APP_ROLE);
  await onServer(postgres.url, `create database ${templateName}`);
  try {
    await migrate({ databaseUrl: withDatabase(postgres.url, templateName) });
    await onServer(postgres.url, `alter database ${templateName} with allow_connections false is_template true`);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('postgresUrl', postgres.url);
  project.provide('templateName', templateName);
  project.provide('neonEndpoint', proxy.endpoint);
  return teardown;
}

/** Each test file clones a thousand small files: in memory, where there is plenty, that takes a third of the time. */
async function roomFor(): Promise<string> {
  if (!existsSync(MEMORY) || process.availableMemory() < ROOM_BYTES) return tmpdir();
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize < ROOM_BYTES ? tmpdir() : MEMORY;
}
