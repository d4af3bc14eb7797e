import { generateMigration } from 'drizzle-kit/api';
import { type SqlObject, STORAGE } from '#schema/functions.ts';
import { type DrizzleSnapshot, snapshotId } from './drizzle-snapshot.ts';

const BREAKPOINT = '\n--> statement-breakpoint\n';
/** Building an index of a large table blocks nobody, so it may take its time. */
const CONCURRENT_HEADER = '-- concurrently\n-- statement_timeout: 30min\n';

/** One file of the chain, not yet numbered. */
export interface ChainFile {
  tag: string;
  sql: string;
  snapshot: DrizzleSnapshot;
}

/**
 * The files that lead from one snapshot to the next: the step itself, then `<tag>_indexes` for indexes of tables that are
 * in use already, then `<tag>_checks` for what was added to them unproven. `before` goes ahead of the tables, `after` behind.
 */
export async function stepFiles(step: {
  tag: string;
  previous: DrizzleSnapshot;
  next: DrizzleSnapshot;
  before: readonly string[];
  after: readonly SqlObject[];
}): Promise<ChainFile[]> {
  const { tag, previous, next } = step;
  const generated = (await generateMigration(previous, next)).map((statement) => statement.trim());
  const older = new Set(Object.values(previous.tables).map(({ name }) => name));
  const isOlder = (statement: string) => older.has(tableOf(statement));
  const indexes = generated.filter((statement) => isIndex(statement) && isOlder(statement));
  const main = inlineForeignKeys(
    generated.filter((statement) => !indexes.includes(statement)),
    older,
  )
    .map((statement) => (isOlder(statement) && isProvable(statement) ? notValid(statement) : statement))
    .map(withStorage);
  const unproven = main.filter((statement) => statement.endsWith(' NOT VALID;'));
  const sql = [...step.before, ...main, ...step.after.map((object) => object.sql)].map(terminated);
  const files: ChainFile[] = [];
  const push = (suffix: string, text: string, snapshot: DrizzleSnapshot) =>
    files.push({ tag: `${tag}${suffix}`, sql: `${text}\n`, snapshot });
  if (sql.length > 0) push('', sql.join(BREAKPOINT), indexes.length === 0 ? next : withoutIndexes(next, indexes));
  if (indexes.length > 0) push('_indexes', CONCURRENT_HEADER + indexes.map(concurrently).join(BREAKPOINT), next);
  if (unproven.length > 0) push('_checks', unproven.map(validation).join(BREAKPOINT), next);
  return files;
}

/** The snapshot of a file in its place of the `prevId` chain. */
export const placed = (file: ChainFile, prevId: string): DrizzleSnapshot => ({
  ...file.snapshot,
  id: snapshotId(file.tag),
  prevId,
});

const isIndex = (statement: string): boolean => /^CREATE (UNIQUE )?INDEX /.test(statement);
const isProvable = (statement: string): boolean =>
  /^ALTER TABLE "\w+" ADD CONSTRAINT "\w+" (CHECK|FOREIGN KEY) /.test(statement);
const notValid = (statement: string): string => statement.replace(/;$/, ' NOT VALID;');
const terminated = (statement: string): string => (statement.endsWith(';') ? statement : `${statement};`);

const tableOf = (statement: string): string =>
  /^(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX "\w+" ON) "(\w+)"/.exec(statement)?.[1] ?? '';

const concurrently = (statement: string): string => statement.replace(' INDEX ', ' INDEX CONCURRENTLY IF NOT EXISTS ');

const validation = (statement: string): string =>
  statement.replace(/^(ALTER TABLE "\w+") ADD CONSTRAINT ("\w+")[\s\S]*$/, '$1 VALIDATE CONSTRAINT $2;');

/** A foreign key inline with its new, empty column needs no look at the rows; added alone it would read them all. */
function inlineForeignKeys(statements: readonly string[], older: ReadonlySet<string>): string[] {
  const merged = [...statements];
  for (const statement of statements) {
    const key = /^ALTER TABLE "(\w+)" ADD (CONSTRAINT "\w+") FOREIGN KEY \("(\w+)"\) (REFERENCES [\s\S]*);$/.exec(
      statement,
    );
    if (key === null || !older.has(key[1] ?? '')) continue;
    const column = merged.findIndex((other) => other.startsWith(`ALTER TABLE "${key[1]}" ADD COLUMN "${key[3]}" `));
    if (column < 0) continue;
    merged[column] = merged[column]?.replace(/;$/, ` ${key[2]} ${key[4]};`) ?? '';
    merged.splice(merged.indexOf(statement), 1);
  }
  return merged;
}

function withStorage(statement: string): string {
  const table = /^CREATE TABLE "(\w+)"/.exec(statement)?.[1] ?? '';
  return table in STORAGE ? statement.replace(/\);$/, `) WITH (${STORAGE[table]});`) : statement;
}

function withoutIndexes(snapshot: DrizzleSnapshot, statements: readonly string[]): DrizzleSnapshot {
  const names = new Set(statements.map((statement) => /INDEX "(\w+)"/.exec(statement)?.[1]));
  const tables = Object.entries(snapshot.tables).map(([key, table]) => [
    key,
    { ...table, indexes: Object.fromEntries(Object.entries(table.indexes).filter(([name]) => !names.has(name))) },
  ]);
  return { ...snapshot, tables: Object.fromEntries(tables) };
}
