import type { TestDatabase } from './database.ts';

/** `table.column` of all that somebody can be read in, bytes as text, arrays and documents too. */
export async function columnsThatSay(db: TestDatabase, pattern: RegExp): Promise<string[]> {
  const columns = await db.query<{ table: string; name: string; type: string }>(
    `select c.table_name as table, c.column_name as name, c.data_type as type from information_schema.columns c
       join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.data_type in ('text', 'jsonb', 'ARRAY', 'bytea', 'tsvector') order by 1, 2`,
  );
  const found: string[] = [];
  for (const { table, name, type } of columns) {
    const text = type === 'bytea' ? `encode("${name}", 'escape')` : `"${name}"::text`;
    const [row] = await db.query(`select from public."${table}" where ${text} ~* $1 limit 1`, [pattern.source]);
    if (row !== undefined) found.push(`${table}.${name}`);
  }
  return found;
}
