import { getTableColumns } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';

/** Rows that came as `jsonb_agg(to_jsonb(row))`, through the codecs of their table; a `numeric` must come as text. */
export function rowsOf<T extends PgTable>(table: T, found: readonly object[] | null): T['$inferSelect'][] {
  const columns = Object.entries(getTableColumns(table) as Record<string, PgColumn>);
  return (found ?? []).map((row) => {
    const stored = new Map(Object.entries(row));
    return Object.fromEntries(columns.map(([name, column]) => [name, read(column, stored.get(toSnakeCase(name)))]));
  });
}

const read = (column: PgColumn, value: unknown): unknown =>
  value === null || value === undefined || column.dataType === 'json'
    ? (value ?? null)
    : column.mapFromDriverValue(value);
