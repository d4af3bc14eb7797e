import type { TestDatabase } from './database.ts';

/** What a table holds: `rows`, and how many of them were written since some transaction. */
export interface TableState {
  rows: number;
  written: number;
}

export interface TableStates {
  /** From which transaction on `written` counts in a next look. */
  next: string;
  tables: Record<string, TableState>;
}

/** Every table of the database: a row that is written anew, even as it was, has another `xmin`. */
export async function tableStates(db: TestDatabase, since: string): Promise<TableStates> {
  const next = await nextTransaction(db);
  const found = await look<TableState & { name: string }>(
    db,
    'table_states',
    (name) => `select '${name}' as name, count(*)::int as rows,
      count(*) filter (where xmin::text::bigint >= $1::bigint)::int as written from public.${name}`,
    since,
  );
  return { next, tables: Object.fromEntries(found.map(({ name, rows, written }) => [name, { rows, written }])) };
}

/** Tables that differ from an earlier look, whose `next` this one counted from: a row was written, or one is gone. */
export const changedTables = (before: TableStates, after: TableStates): string[] =>
  Object.entries(after.tables)
    .filter(([name, { rows, written }]) => written > 0 || rows !== before.tables[name]?.rows)
    .map(([name]) => name);

const tablesOf = new WeakMap<TestDatabase, Promise<string[]>>();

async function namesOf(db: TestDatabase): Promise<string[]> {
  const found = await db.query<{ name: string }>(
    "select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
  );
  return found.map(({ name }) => name);
}

/** One look at all tables. To plan a statement over so many takes ten times as long as to run it, so it has a name. */
async function look<Row extends object>(
  db: TestDatabase,
  name: string,
  at: (table: string) => string,
  since: string,
): Promise<Row[]> {
  const tables = tablesOf.get(db) ?? namesOf(db);
  tablesOf.set(db, tables);
  return db.query<Row>((await tables).map(at).join(' union all '), [since], name);
}

/** The transaction that will be the next to write. */
export async function nextTransaction(db: TestDatabase): Promise<string> {
  const [row] = await db.query<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
  return row?.next ?? '0';
}

/** Tables with rows written by transactions from `next` on. When none began, there was nothing to look for. */
export async function writtenSince(db: TestDatabase, next: string): Promise<string[]> {
  if ((await nextTransaction(db)) === next) return [];
  const found = await look<{ name: string }>(
    db,
    'written_since',
    (name) =>
      `select '${name}' as name where exists (select from public.${name} where xmin::text::bigint >= $1::bigint)`,
    next,
  );
  return found.map(({ name }) => name);
}
