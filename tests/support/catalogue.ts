import type { TestDatabase } from './database.ts';

const PARTS = {
  columns: `select format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) as line
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`,
  constraints: `select format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) as line
    from pg_constraint where connamespace = 'public'::regnamespace`,
  indexes: `select format('%s %s', pg_get_indexdef(indexrelid), indisvalid) as line
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = 'public'::regnamespace`,
  triggers: `select pg_get_triggerdef(t.oid) as line from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and not t.tgisinternal`,
  functions: `select pg_get_functiondef(oid) as line from pg_proc where pronamespace = 'public'::regnamespace`,
  storage: `select format('%s %s', relname, reloptions) as line from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
} as const;

/** Schema `public` as sorted lines: two databases are built alike when these are equal. */
export async function catalogueOf(db: TestDatabase): Promise<Record<keyof typeof PARTS, string[]>> {
  const parts = Object.entries(PARTS).map(async ([part, sql]) => {
    const rows = await db.query<{ line: string }>(sql);
    return [part, rows.map(({ line }) => line).toSorted()];
  });
  return Object.fromEntries(await Promise.all(parts));
}

/** A number per table that any insert, update or delete changes: which transactions wrote its rows, and how many there are. */
export async function writesOf(db: TestDatabase): Promise<Record<string, string>> {
  const tables = await db.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  const entries = tables.map(async ({ name }) => {
    const [row] = await db.query<{ digest: string }>(
      `select md5(string_agg(xmin::text || ctid::text, ',' order by ctid)) as digest from public."${name}"`,
    );
    return [name, row?.digest ?? 'empty'];
  });
  return Object.fromEntries(await Promise.all(entries));
}
