import type { TestDatabase } from './database.ts';

/** What a table holds: `rows`, those written since some transaction, and a sum over all versions of its rows. */
export interface TableState {
  rows: number;
  written: number;
  sum: string | null;
}

export interface TableStates {
  /** From which transaction on `written` counts in a next look. */
  next: string;
  tables: Record<string, TableState>;
}

/** Every table of the database: a row that is written anew, even as it was, has another `xmin`. */
export async function tableStates(db: TestDatabase, since = '0'): Promise<TableStates> {
  const names = await db.query<{ name: string }>(
    "select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
  );
  const looks = names.map(
    ({ name }) => `select '${name}' as name, count(*)::int as rows,
      count(*) filter (where xmin::text::bigint >= $1::bigint)::int as written,
      md5(string_agg(xmin::text || ctid::text, ',' order by ctid)) as sum from public.${name}`,
  );
  const found = await db.query<TableState & { name: string }>(looks.join(' union all '), [since]);
  return {
    next: await nextTransaction(db),
    tables: Object.fromEntries(found.map(({ name, rows, written, sum }) => [name, { rows, written, sum }])),
  };
}

/** Tables that differ between two looks. */
export const changedTables = (before: TableStates, after: TableStates): string[] =>
  Object.keys(after.tables).filter((name) => before.tables[name]?.sum !== after.tables[name]?.sum);

/** The transaction that will be the next to write. */
export async function nextTransaction(db: TestDatabase): Promise<string> {
  const [row] = await db.query<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
  return row?.next ?? '0';
}

/** Tables with rows written by transactions from `next` on. When none began, there was nothing to look for. */
export async function writtenSince(db: TestDatabase, next: string): Promise<string[]> {
  if ((await nextTransaction(db)) === next) return [];
  const { tables } = await tableStates(db, next);
  return Object.keys(tables).filter((name) => (tables[name]?.written ?? 0) > 0);
}
