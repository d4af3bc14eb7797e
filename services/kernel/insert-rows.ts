import { getTableColumns, getTableName, sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Write } from './together.ts';

/**
 * Rows of a table as one parameter, however many they are: a protocol message holds 65,535 parameters. Each value goes
 * through the codec of its column; columns that no row names take their default, and where only some do, null.
 */
export function insertRows(table: PgTable, rows: readonly Readonly<Record<string, unknown>>[]): Write {
  const columns = Object.entries(getTableColumns(table) as Record<string, PgColumn>).filter(([name]) =>
    rows.some((row) => row[name] !== undefined),
  );
  const names = sql.raw(columns.map(([name]) => `"${toSnakeCase(name)}"`).join(', '));
  const typed = sql.raw(columns.map(([name, column]) => `"${toSnakeCase(name)}" ${column.getSQLType()}`).join(', '));
  const given = rows.map((row) => columns.map(([name, column]) => [toSnakeCase(name), stored(column, row[name])]));
  const json = JSON.stringify(given.map((row) => Object.fromEntries(row)));
  return {
    sql: sql`insert into ${table} (${names}) select ${names} from jsonb_to_recordset(${json}::jsonb) as given (${typed})`,
    counted: { table: getTableName(table), rows: rows.length },
  };
}

/** A value as it stands in JSON that Postgres reads into its column. */
export const stored = (column: PgColumn, value: unknown): unknown =>
  value === null || value === undefined || column.dataType === 'json' ? value : column.mapToDriverValue(value);
