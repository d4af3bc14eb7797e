import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { reconcile } from '#migrations/cli/reconcile.ts';
import { openDemo } from './demo/open-demo.ts';
import { startNeonProxy } from './neon-proxy.ts';

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** `npm run db:seed [-- --demo [--force]]`: the catalogue's rows, and with `--demo` a desk to try. */
async function seed(): Promise<void> {
  const { values } = parseArgs({ options: { demo: { type: 'boolean' }, force: { type: 'boolean' } } });
  const databaseUrl = process.env.DATABASE_URL;
  if (databaseUrl === undefined) throw new Error('Set DATABASE_URL to the database to seed.');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await reconcile(client, new Date()).finally(() => client.end());
  console.log('The catalogue is reconciled.');
  if (values.demo !== true) return;
  if (!LOCAL_HOSTS.includes(new URL(databaseUrl).hostname) && values.force !== true) {
    throw new Error('The demo goes into a local database; --force puts it elsewhere.');
  }
  const proxy = await startNeonProxy();
  const demo = await openDemo({
    saved: {},
    databaseUrl,
    endpoint: proxy.endpoint,
    masterKey: process.env.MASTER_KEY ?? randomBytes(32).toString('base64'),
    publicOrigin: process.env.PUBLIC_ORIGIN ?? 'http://127.0.0.1:8787',
    receiverUrl: process.env.RECEIVER_URL ?? 'http://127.0.0.1:9099/',
  }).finally(() => proxy.stop());
  for (const { role, name, apiKey } of demo.apiKeys) console.log(`${role.padEnd(13)}${name.padEnd(17)}${apiKey}`);
}

await seed().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
