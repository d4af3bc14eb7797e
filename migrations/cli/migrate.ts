import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { compare, readApplied, readRows } from './applied.ts';
import { applyFile, type MigrationFile } from './apply-file.ts';
import { applyGrants } from './apply-grants.ts';
import { readChain } from './journal.ts';
import { planOf } from './plan.ts';
import { formatProblem } from './problem.ts';
import { reconcile } from './reconcile.ts';
import { MigrationRefusal } from './refusal.ts';
import { withRetries } from './retry.ts';
import { connect, takeLock } from './session.ts';

export type MigrationFiles = readonly MigrationFile[];

export interface MigrateOptions {
  databaseUrl: string;
  log?: (line: string) => void;
  /** Only says what would be done. */
  plan?: boolean;
  /** The chain; by default that of this folder. */
  files?: MigrationFiles;
  /** Noted with each file. */
  release?: string;
  /** False for a chain that is cut short: the rows and rights of this release need all of its tables. */
  reconcile?: boolean;
  /** How long to wait for another migrator, in milliseconds. */
  lockWaitMs?: number;
}

/** The folder of the chain. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('..', import.meta.url));

/**
 * Brings a database to the end of the chain, then reconciles and grants; doing it again changes nothing. Tags of the files
 * applied. @throws MigrationRefusal with the reason, MigrationFailure with file, statement and SQLSTATE.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const { log = () => undefined } = options;
  const files = options.files ?? readFiles();
  const client = await connect(options.databaseUrl);
  try {
    if (options.plan !== true) await takeLock(client, options.lockWaitMs);
    const { rows } = await readApplied(client);
    const ahead = compare(rows, files);
    if (ahead > 0) {
      log(`the database is ${ahead} migrations ahead of this release: nothing to do`);
      return { applied: [] };
    }
    const pending = files.slice(rows.length);
    if (options.plan === true) {
      for (const line of planOf(pending)) log(line);
      return { applied: [] };
    }
    const applied = await applyAll(client, pending, options);
    if (applied.length > 0) await confirm(client, files);
    if (options.reconcile === false) return { applied };
    const retried = (code: string) => log(`reconcile: ${code}, once more`);
    for (const line of await withRetries(() => reconcile(client, new Date()), retried)) log(line);
    await withRetries(() => applyGrants(client), retried);
    return { applied };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function readFiles(): MigrationFiles {
  const { migrations, problems } = readChain(MIGRATIONS_DIR);
  if (problems.length > 0) throw new MigrationRefusal('out_of_order', problems.map(formatProblem).join('\n'));
  return migrations;
}

async function applyAll(client: pg.Client, pending: MigrationFiles, options: MigrateOptions): Promise<string[]> {
  const { log = () => undefined, release } = options;
  const applied: string[] = [];
  for (const file of pending) {
    await withRetries(
      () => applyFile(client, file, release),
      (code) => log(`${file.tag}: ${code}, once more`),
    );
    log(`${file.tag} applied`);
    applied.push(file.tag);
  }
  return applied;
}

async function confirm(client: pg.Client, files: MigrationFiles): Promise<void> {
  const rows = await readRows(client);
  if (compare(rows, files) !== 0 || rows.length !== files.length) {
    throw new MigrationRefusal('out_of_order', `${rows.length} of ${files.length} files are noted as applied`);
  }
}
