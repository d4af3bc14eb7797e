import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, inject } from 'vitest';
import { strayFromTickets } from './lens-activity.ts';
import { onServer, withDatabase } from './maintenance.ts';

const CONNECTIONS = 8;
// `clone` and `wal_log` take twice as long as copying the files of a template of this size.
const STRATEGY = 'file_copy';

export interface TestDatabase {
  url: string;
  name: string;
  /** One statement on a pooled connection; with a name, each connection plans it once. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    params?: readonly unknown[],
    name?: string,
  ): Promise<Row[]>;
  /** A connection of its own, for transactions and races. The caller releases it. */
  connect(): Promise<pg.PoolClient>;
  /** Whatever histories a test made, what is kept beside tickets must have followed them. */
  drop(): Promise<void>;
}

/** A database of one's own, cloned from the migrated template; `empty` gives one without any table. */
export async function createTestDatabase(from: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const template = from === 'empty' ? 'template0' : inject('templateName');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `create database ${name} template ${template} strategy ${STRATEGY}`);

  const url = withDatabase(server, name);
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, allowExitOnIdle: true });
  // Dropping by force may end a connection that is closing already.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  const query: TestDatabase['query'] = async (text, params = [], name = '') =>
    (await pool.query({ text, values: [...params], name })).rows;
  return {
    url,
    name,
    query,
    connect: () => pool.connect(),
    async drop() {
      const stray = from === 'empty' ? [] : await strayFromTickets({ query });
      await pool.end();
      await onServer(server, `drop database if exists ${name} with (force)`);
      expect(stray).toEqual([]);
    },
  };
}
