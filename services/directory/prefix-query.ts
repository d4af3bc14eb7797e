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

/** The ids of what holds the words, of a few all and of many no more than tell that they are many; as a subquery of `ids`. */
export const hitsOf = (table: 'contacts' | 'organizations', text: string): SQL =>
  sql`select array(select hit.id from ${sql.raw(table)} hit where search_doc(hit.search_text) @@ ${prefixQuery(text)} limit ${FEW + 1}) as ids`;

/**
 * The two conditions of which one finds all records of a table that hold the words, and the other, without looking, none:
 * by the index of words while few hold them, else row by row in the order that is asked for. The planner cannot choose
 * between the two, because it knows neither how many hold the words nor what it costs to parse a text; so the second
 * condition stands behind a case, where no index is seen. `hits` is `hitsOf`, or a relation that holds its row.
 */
export function holding(alias: string, text: string, hits: SQL): [few: SQL, many: SQL] {
  const name = sql.raw(alias);
  return [
    sql`${name}.id = any ((select case when cardinality(found.ids) <= ${FEW} then found.ids end from (${hits} offset 0) found)::uuid[])`,
    sql`((select cardinality(found.ids) from (${hits}) found) > ${FEW} and case when search_doc(${name}.search_text) @@ ${prefixQuery(text)} then true end)`,
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
