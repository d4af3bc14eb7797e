import { isConcurrent, type MigrationFile, statementsOf } from './apply-file.ts';

/** What the pending files would do, line by line: their statements, and which table that older files made each one locks. */
export function planOf(pending: readonly MigrationFile[]): string[] {
  if (pending.length === 0) return ['nothing is pending'];
  return pending.flatMap((file) => {
    const statements = statementsOf(file);
    const made = new Set(statements.flatMap((statement) => /^create table "?(\w+)"?/i.exec(statement)?.[1] ?? []));
    return [`-- ${file.tag}`, ...statements.flatMap((statement) => [...locksOf(statement, made, file), statement])];
  });
}

function locksOf(statement: string, made: ReadonlySet<string>, file: MigrationFile): string[] {
  const altered = /^(?:alter table|create trigger [\s\S]*? on) (?:"?public"?\.)?"?(\w+)"?/i.exec(statement)?.[1];
  const indexed = /^(?:-- .*\n)*create (?:unique )?index [\s\S]*? on (?:"?public"?\.)?"?(\w+)"?/i.exec(statement)?.[1];
  const referenced = [...statement.matchAll(/references (?:"?public"?\.)?"?(\w+)"?/gi)].map((match) => match[1] ?? '');
  const older = (table: string | undefined): table is string => table !== undefined && !made.has(table);
  const lines: string[] = [];
  if (older(altered)) lines.push(`-- locks ${altered} (no reader or writer for a moment)`);
  if (older(indexed))
    lines.push(isConcurrent(file) ? `-- reads ${indexed}, blocks nobody` : `-- locks ${indexed} (no writer)`);
  for (const table of new Set(referenced.filter(older))) {
    if (table !== altered) lines.push(`-- locks ${table} (no writer for a moment)`);
  }
  return lines;
}
