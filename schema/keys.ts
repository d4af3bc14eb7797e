import { getTableName, is, SQL, sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import {
  type AnyPgColumn,
  check,
  foreignKey,
  index,
  type PgColumn,
  primaryKey,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

type Col = AnyPgColumn;
type Cols = Col | readonly [Col, ...Col[]];
type Part = Col | SQL;
/** What an index needs beyond its columns: a predicate, a name when there are expressions, another method than btree. */
interface IndexOptions {
  where?: SQL;
  name?: string;
  using?: 'gin';
}

const listOf = (columns: Cols): [Col, ...Col[]] =>
  (Array.isArray(columns) ? [...columns] : [columns]) as [Col, ...Col[]];
const snake = (column: Col): string => toSnakeCase(column.name);
const isColumn = (part: Part): part is Col => !is(part, SQL);

/** Postgres cuts a name at 63 bytes in silence; two cut names then collide, so a long one must be given by hand. */
function named(columns: readonly Col[], suffix: string, given?: string): string {
  const table = getTableName((columns[0] as Col).table);
  const name = given ?? `${table}_${columns.map(snake).join('_')}_${suffix}`;
  if (name.length > 63) throw new TypeError(`constraint name over 63 bytes, give one: ${name}`);
  return name;
}

/** A composite primary key. */
export const pkOf = (...columns: [Col, ...Col[]]) =>
  primaryKey({ name: named(columns, 'pk'), columns: columns as [PgColumn, ...PgColumn[]] });

/** A foreign key. It needs an index that leads with its columns; a test holds that. */
export const fk = (from: Cols, to: Cols, onDelete: 'cascade' | 'restrict' | 'set null' | 'no action', name?: string) =>
  foreignKey({
    name: named(listOf(from), 'fk', name),
    columns: listOf(from) as [PgColumn, ...PgColumn[]],
    foreignColumns: listOf(to) as [PgColumn, ...PgColumn[]],
  }).onDelete(onDelete);

/** A unique constraint. With `nullsNotDistinct` two nulls are one value. */
export const key = (columns: Cols, options: { name?: string; nullsNotDistinct?: boolean } = {}) => {
  const all = listOf(columns) as [PgColumn, ...PgColumn[]];
  const built = unique(named(all, 'key', options.name)).on(...all);
  return options.nullsNotDistinct === true ? built.nullsNotDistinct() : built;
};

/** A unique index: over live rows, over an expression. */
export const uniqueIdx = (parts: Part | readonly [Part, ...Part[]], options: IndexOptions = {}) =>
  built(uniqueIndex, parts, 'key', options);

/** An index. Descending parts are `newest(t.column)`; expressions need `name`. Every index has a query that needs it. */
export const idx = (parts: Part | readonly [Part, ...Part[]], options: IndexOptions = {}) =>
  built(index, parts, 'idx', options);

function built(make: typeof index, parts: Part | readonly [Part, ...Part[]], suffix: string, options: IndexOptions) {
  const all = (Array.isArray(parts) ? [...parts] : [parts]) as [Part, ...Part[]];
  const columns = all.filter(isColumn);
  const start = make(columns.length === all.length ? named(columns, suffix, options.name) : mustName(options.name));
  const on = options.using === undefined ? start.on(...(all as [SQL])) : start.using(options.using, ...(all as [SQL]));
  return options.where === undefined ? on : on.where(options.where);
}

function mustName(name: string | undefined): string {
  if (name === undefined) throw new TypeError('an index over an expression needs a name');
  return name;
}

/** A check by its short name: `<table>_<name>_check`. */
export const rule = (column: Col, name: string, condition: SQL) =>
  check(named([column], 'check', `${getTableName(column.table)}_${name}_check`), condition);

/** The column holds one of the value set, from the same array that TypeScript and Zod use. */
export const oneOf = (column: Col, values: readonly string[]) =>
  check(named([column], 'check'), sql`${column} in (${literals(values)})`);

/** The array column holds only members of the value set. */
export const someOf = (column: Col, values: readonly string[]) =>
  check(named([column], 'check'), sql`${column} <@ array[${literals(values)}]::text[]`);

/** Between `min` and `max` characters. */
export const textLength = (column: Col, min: number, max: number) =>
  check(named([column], 'length_check'), lengthBetween(column, min, max));

const lengthBetween = (column: Col, min: number, max: number): SQL =>
  min === 0
    ? sql`char_length(${column}) <= ${sql.raw(String(max))}`
    : sql`char_length(${column}) between ${sql.raw(String(min))} and ${sql.raw(String(max))}`;

const literals = (values: readonly string[]): SQL =>
  sql.raw(values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', '));
