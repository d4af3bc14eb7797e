import type pg from 'pg';
import { FUNCTIONS, grantsSql } from '#schema/functions.ts';

/** Says anew what the Worker's role may do. In one transaction: nobody sees the moment in which all is revoked. */
export async function applyGrants(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations' order by 1`,
  );
  const tables = rows.map(({ name }) => name);
  const functions = FUNCTIONS.map(({ name }) => name);
  try {
    await client.query(`begin;\n${grantsSql(tables, functions)}\ncommit`);
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
