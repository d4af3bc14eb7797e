import { sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { rule } from './keys.ts';

const nameOf = (column: AnyPgColumn): string => toSnakeCase(column.name);

/** A JSON object of at most so many KiB as `JSON.stringify` writes it. */
export const jsonObject = (column: AnyPgColumn, kibibytes = 16) => json(column, 'object', kibibytes);

/** A JSON array of at most so many KiB as `JSON.stringify` writes it. */
export const jsonArray = (column: AnyPgColumn, kibibytes = 16) => json(column, 'array', kibibytes);

/** Trimming and folding are the verb's; the database only refuses what would make two spellings of one address. */
export const lowerCase = (column: AnyPgColumn) =>
  rule(column, `${nameOf(column)}_lower`, sql`${column} = lower(${column})`);

/** `noun.past_participle`, up to three parts. The shape only: the set grows with each release and the catalogue holds it. */
export const eventName = (column: AnyPgColumn) =>
  rule(
    column,
    `${nameOf(column)}_shape`,
    sql`${column} ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*){1,2}$' and char_length(${column}) <= 100`,
  );

/** One lower-case word with underscores: an entity kind, a reason. */
export const snakeWord = (column: AnyPgColumn) =>
  rule(column, `${nameOf(column)}_shape`, sql`${column} ~ '^[a-z][a-z0-9_]{0,63}$'`);

/** A SHA-256 digest or another value of 32 bytes. */
export const digest = (column: AnyPgColumn) =>
  rule(column, `${nameOf(column)}_size`, sql`octet_length(${column}) = 32`);

// Postgres writes blanks that JSON.stringify does not, at most one byte to two: hence the bound half as high again.
function json(column: AnyPgColumn, kind: 'object' | 'array', kibibytes: number) {
  const bytes = sql.raw(String(kibibytes * 1536));
  return rule(
    column,
    `${nameOf(column)}_${kind}`,
    sql`jsonb_typeof(${column}) = ${sql.raw(`'${kind}'`)} and octet_length(${column}::text) <= ${bytes}`,
  );
}
