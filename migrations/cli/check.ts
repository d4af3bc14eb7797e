import { REPLACEABLE_FUNCTIONS } from '#schema/functions.ts';
import { checkSnapshotAdditivity } from './additivity-snapshots.ts';
import { checkSqlAdditivity } from './additivity-sql.ts';
import { checkHandWrittenDrift, checkSchemaDrift, readableSnapshotOf } from './drift.ts';
import { handWrittenFor } from './hand-written.ts';
import { type Migration, readChain } from './journal.ts';
import type { Problem } from './problem.ts';

/**
 * Everything that can be said of a chain without a database: its journal, proofs P1 and P2, and that generating now would
 * write nothing. Every problem is listed; an empty list means the chain may be merged.
 */
export function checkChain(
  dir: string,
  schema: Record<string, unknown>,
): { migrations: Migration[]; problems: Problem[] } {
  const { migrations, problems } = readChain(dir);
  const statements = checkSqlAdditivity(migrations, REPLACEABLE_FUNCTIONS);
  problems.push(...checkSnapshotAdditivity(migrations), ...statements);
  const last = migrations.at(-1);
  if (last === undefined) return { migrations, problems };
  const wanted = readableSnapshotOf(schema);
  problems.push(...checkSchemaDrift(wanted, last.snapshot, last.file));
  const unreadable = new Set(statements.flatMap(({ file, reason }) => (reason.startsWith('is not SQL') ? [file] : [])));
  const tables = Object.values(wanted.tables).map(({ name }) => name);
  problems.push(
    ...checkHandWrittenDrift(
      migrations.filter(({ file }) => !unreadable.has(file)),
      handWrittenFor(tables),
    ),
  );
  return { migrations, problems };
}
