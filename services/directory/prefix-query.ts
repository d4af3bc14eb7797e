import { type SQL, sql } from 'drizzle-orm';
import { fold } from '#schema/fold.ts';
import { rows, type Statement } from '#services/kernel/query.ts';

const MAX_WORDS = 10;

/** What the parser leaves whole, as a word or a compound: to look for its parts too would read all that share one of them. */
const ONE_WORD = /^(?:\p{N}+|\p{L}[\p{L}\p{N}]*(?:-[\p{L}\p{N}]+)*)$/u;

/**
 * A `tsquery` that asks for all of the words of a text, each as a prefix. A word is looked for as it stands, because an
 * address or host is one word in a document, and as the parser would take it apart.
 */
export function prefixQuery(text: string): SQL {
  const words = fold(text)
    .split(/\s+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, MAX_WORDS);
  // Words without a letter or digit ask for nothing, and nothing is what they find.
  if (words.length === 0) return sql`''::tsquery`;
  const asked = words.map((word) => {
    const quoted = `'${word.replaceAll(/[\\']/g, '$&$&')}':*`;
    return ONE_WORD.test(word) ? sql`${quoted}::tsquery` : sql`(${quoted}::tsquery || to_tsquery('simple', ${quoted}))`;
  });
  return sql`(${sql.join(asked, sql` && `)})`;
}

/** So many records are read out of the index of words and sorted; of more, the order of names soon meets a page. */
const FEW = 5000;

/** The rows `hit` of what holds the words, of a few all and of many no more than tell that they are many. */
export const hitsOf = (table: 'contacts' | 'organizations', text: string): SQL =>
  sql`from ${sql.raw(table)} hit where search_doc(hit.search_text) @@ ${prefixQuery(text)} limit ${FEW + 1}`;

/** Whether `count` of such rows are all that there are. */
export const areAll = (count: SQL): SQL => sql`${count} <= ${FEW}`;

/**
 * The condition that finds all records of a table that hold the words, and without looking none where `count` rows of
 * `hitsOf` are all: row by row in the order that is asked for, while the few are read by the index of words. The planner
 * cannot choose between the two, because it knows neither how many hold the words nor what it costs to parse a text; so
 * what is asked of a row stands behind a case, where no index is seen.
 */
export const holdsOneByOne = (alias: string, text: string, count: SQL): SQL =>
  sql`(not ${areAll(count)} and case when search_doc(${sql.raw(alias)}.search_text) @@ ${prefixQuery(text)} then true end)`;

/** Both ways as conditions over a table. */
export function holding(table: 'contacts' | 'organizations', text: string): [few: SQL, many: SQL] {
  const name = sql.raw(table);
  const found = sql`(select array(select hit.id ${hitsOf(table, text)}) as ids offset 0) found`;
  return [
    sql`${name}.id = any ((select case when ${areAll(sql`cardinality(found.ids)`)} then found.ids end from ${found})::uuid[])`,
    holdsOneByOne(table, text, sql`(select cardinality(found.ids) from ${found})`),
  ];
}

/**
 * What is said before a statement with these conditions: nothing here is small enough to be read whole, joined by hashing
 * the whole of it, or read by several.
 */
export const byIndex = (): Statement =>
  rows(
    sql`select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`,
  );
