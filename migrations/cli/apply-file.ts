import pg from 'pg';
import { JOURNAL_TABLE } from './applied.ts';
import type { Migration } from './journal.ts';
import { isPassing } from './retry.ts';

/** What the migrator needs of a file of the chain. */
export type MigrationFile = Pick<Migration, 'idx' | 'tag' | 'sql' | 'sha256'>;

const CONCURRENT = /^-- concurrently\b/;
const TIMEOUT = /^-- statement_timeout: (\d+(?:ms|s|min|h))$/m;

/** A statement of a file that Postgres refused for good. */
export class MigrationFailure extends Error {
  constructor(file: MigrationFile, statement: string, cause: unknown) {
    const code = cause instanceof pg.DatabaseError ? cause.code : undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${file.tag}.sql: ${code ?? 'connection'}: ${reason}\n${statement}`, { cause });
    this.name = 'MigrationFailure';
  }
}

export const isConcurrent = (file: MigrationFile): boolean => CONCURRENT.test(file.sql);

export const statementsOf = (file: MigrationFile): string[] =>
  file.sql.split('--> statement-breakpoint').map((statement) => statement.trim());

/** Applies one file and its row, all or nothing; a `-- concurrently` file statement by statement, its row last. */
export async function applyFile(client: pg.Client, file: MigrationFile, release: string | undefined): Promise<void> {
  if (isConcurrent(file)) await applyConcurrently(client, file, release);
  else await applyAtOnce(client, file, release);
}

/** One message: nothing that happens to this process leaves a transaction half sent. */
async function applyAtOnce(client: pg.Client, file: MigrationFile, release: string | undefined): Promise<void> {
  const timeout = timeoutOf(file);
  const ahead = ['begin', ...(timeout === undefined ? [] : [`set local statement_timeout = '${timeout}'`])];
  if (file.idx === 0) ahead.push(JOURNAL_TABLE);
  let done = 0;
  const count = () => {
    done += 1;
  };
  client.connection.on('commandComplete', count);
  try {
    await client.query(`${ahead.join(';\n')};\n${file.sql}\n;${rowOf(file, release)};\ncommit`);
  } catch (error) {
    const statement = [...ahead, ...statementsOf(file), rowOf(file, release), 'commit'][done] ?? '';
    await client.query('rollback').catch(() => undefined);
    throw isPassing(error) ? error : new MigrationFailure(file, statement, error);
  } finally {
    client.connection.off('commandComplete', count);
  }
}

async function applyConcurrently(client: pg.Client, file: MigrationFile, release: string | undefined): Promise<void> {
  const before = "set_config('lock_timeout', '0', false)";
  const timeout = `set_config('statement_timeout', '${timeoutOf(file) ?? '60s'}', false)`;
  await client.query(`select ${before}, ${timeout}`);
  try {
    for (const statement of statementsOf(file)) {
      try {
        await dropInvalid(client, statement);
        await client.query(statement);
      } catch (error) {
        throw isPassing(error) ? error : new MigrationFailure(file, statement, error);
      }
    }
  } finally {
    await client
      .query("select set_config('lock_timeout', '300ms', false), set_config('statement_timeout', '60s', false)")
      .catch(() => undefined);
  }
  await client.query(rowOf(file, release));
}

/** A build that was killed leaves an index that is never used and that `if not exists` takes for the real one. */
async function dropInvalid(client: pg.Client, statement: string): Promise<void> {
  const name = /if not exists "(\w+)"/i.exec(statement)?.[1];
  const { rowCount } = await client.query(
    `select from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relname = $1 and c.relnamespace = 'public'::regnamespace and not i.indisvalid`,
    [name],
  );
  if (rowCount === 1) await client.query(`drop index concurrently if exists public."${name}"`);
}

function rowOf(file: MigrationFile, release: string | undefined): string {
  const version = release === undefined ? 'null' : `'${release.replaceAll("'", "''")}'`;
  return `insert into public.schema_migrations (idx, tag, sha256, release) values (${file.idx}, '${file.tag}', '\\x${file.sha256}', ${version})`;
}

const timeoutOf = (file: MigrationFile): string | undefined => TIMEOUT.exec(file.sql)?.[1];
