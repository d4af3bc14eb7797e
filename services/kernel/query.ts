import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { queryBuilder } from './query-builder.ts';
import type { Place, Write } from './together.ts';

const dialect = new PgDialect({ casing: 'snake_case' });

/** Builds queries without a connection; the database port runs them. */
export const qb = queryBuilder(dialect);

/** SQL without values as one piece, so that a statement that repeats it is not put together again each time. */
export const fixed = (query: SQL): SQL => sql.raw(dialect.sqlToQuery(query).sql);

export interface RawResult {
  rows: unknown[][];
  fields: readonly { name: string }[];
  rowCount: number | null;
}

/** One SQL statement and how its result is read. */
export interface Statement<T = unknown> {
  readonly text: string;
  readonly params: readonly unknown[];
  read(result: RawResult): T;
  /** The rows that it writes, where that is known before it runs; of each table, where it writes several. */
  readonly writes?: number | Readonly<Record<string, number>> | undefined;
  /** It may be part of a larger statement of its commit. */
  readonly hangs?: { place: Place; writes: readonly Write[] } | undefined;
  /** It would find no row, which is known before it is sent: the database port answers it itself. */
  readonly idle?: true;
}

/** The condition of a builder that finds nothing; `statement` makes it idle. Not for what aggregates all rows into one. */
export const nothing: SQL = sql`false`;

/** A place in a load that only some inputs need: idle for the others. */
export const onlyIf = <T>(needed: boolean, query: Statement<T>): Statement<T> =>
  needed ? query : { ...query, idle: true };

/** A place in a load that this input does not need. */
export const none = <T>(): Statement<T[]> => ({ text: 'select', params: [], idle: true, read: () => [] });

interface Prepared {
  getQuery(): { sql: string; params: unknown[] };
  mapResult(result: unknown): unknown;
}

/** What drizzle's builders have in common. */
export interface Builder<T> {
  readonly _: { readonly result: T };
  getSQL(): SQL;
}

const prepare = (builder: Builder<unknown>): Prepared => (builder as unknown as { _prepare(): Prepared })._prepare();

/** A drizzle builder as a statement; rows come back through the column codecs, ids as TypeIDs. */
export function statement<T>(builder: Builder<T>): Statement<T> {
  const prepared = prepare(builder);
  const { sql: text, params } = prepared.getQuery();
  const read = (result: RawResult) => prepared.mapResult(result) as T;
  const { values, onConflict, where } = (builder as { config?: Record<string, unknown> }).config ?? {};
  const counted = Array.isArray(values) && onConflict === undefined;
  return {
    text,
    params,
    read,
    ...(counted ? { writes: values.length } : {}),
    ...(where === nothing ? { idle: true } : {}),
  };
}

/** As `statement`, with common table expressions before it (`auth as materialized (…)`), so that one trip loads both. */
export function statementWith<T>(ctes: SQL, builder: Builder<T>): Statement<T> {
  const prepared = prepare(builder);
  const { sql: text, params } = dialect.sqlToQuery(sql`with ${ctes} ${builder.getSQL()}`);
  return { text, params, read: (result) => prepared.mapResult(result) as T };
}

/** Hand-written SQL; rows are plain objects by column name: bigint as text, times as text, json parsed. */
export function rows<T extends Record<string, unknown>>(query: SQL): Statement<T[]> {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return {
    text,
    params,
    read: ({ rows: found, fields }) =>
      found.map((row) => Object.fromEntries(fields.map((field, i) => [field.name, row[i]])) as T),
  };
}

/** Hand-written SQL whose result does not matter. */
export const run = (query: SQL): Statement<null> => ({ ...rows(query), read: () => null });

/**
 * A guarded write: raises SQLSTATE 40001 inside the batch unless it hit exactly `expected` rows, which rolls all of it
 * back. `write` is an `update`, `delete` or `insert` without `returning`.
 */
export const guard = (write: SQL, expected: number, what: string): Statement<null> => ({
  ...run(
    sql`with w as (${write} returning 1) select public.require_rows((select count(*) from w), ${expected}::bigint, ${what})`,
  ),
  writes: expected,
});
