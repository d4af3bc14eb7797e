import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { MigrationRefusal } from './refusal.ts';

const LOCK_WAIT_MS = 60_000;
const LOCK_POLL_MS = 500;
/** "mallard" as a number: one migrator at a time per database. */
const ADVISORY_KEY = '30787890764149348';

const SETTINGS = { search_path: 'public', lock_timeout: '300ms', statement_timeout: '60s' } as const;

/** A connection with the migrator's settings. A pooled host is refused: it gives no session to hold a lock in. */
export async function connect(databaseUrl: string): Promise<pg.Client> {
  if (/-pooler\b/.test(new URL(databaseUrl).hostname)) {
    throw new Error(
      'The URL names a pooled host (-pooler). Migrations need the direct one: set MIGRATION_DATABASE_URL.',
    );
  }
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'mallard-migrate' });
  await client.connect();
  // A lost connection fails the query that runs; without a listener it would end the process in the midst of it.
  client.on('error', () => undefined);
  const settings = Object.entries(SETTINGS).map(([name, value]) => `set_config('${name}', '${value}', false)`);
  await client.query(`select ${settings.join(', ')}`);
  return client;
}

/**
 * Holds the database's migration lock for the session. It is polled, never waited for: a waiting statement would keep a
 * snapshot open, for which `create index concurrently` of the holder waits in turn.
 */
export async function takeLock(client: pg.Client, waitMs: number = LOCK_WAIT_MS): Promise<void> {
  const end = performance.now() + waitMs;
  for (;;) {
    const { rows } = await client.query<{ held: boolean }>(`select pg_try_advisory_lock(${ADVISORY_KEY}) as held`);
    if (rows[0]?.held === true) return;
    if (performance.now() >= end)
      throw new MigrationRefusal('locked', 'another migrator has been at work for a minute');
    await sleep(LOCK_POLL_MS);
  }
}
