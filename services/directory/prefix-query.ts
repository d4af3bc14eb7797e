import { type SQL, sql } from 'drizzle-orm';
import { fold } from '#schema/fold.ts';
import { rows, type Statement } from '#services/kernel/query.ts';

const MAX_WORDS = 10;

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
    return sql`(${quoted}::tsquery || to_tsquery('simple', ${quoted}))`;
  });
  return sql`(${sql.join(asked, sql` && `)})`;
}

/** So many records are read out of the index of words and sorted; of more, the order of names soon meets a page. */
const FEW = 5000;

/**
 * The two conditions of which one finds all records of a table that hold the words, and the other, without looking, none:
 * by the index of words while few hold them, else row by row in the order that is asked for. The planner cannot choose
 * between the two, because it knows neither how many hold the words nor what it costs to parse a text; so the second
 * condition stands behind a case, where no index is seen.
 */
export function holding(table: 'contacts' | 'organizations', alias: string, text: string): [few: SQL, many: SQL] {
  const query = prefixQuery(text);
  const name = sql.raw(alias);
  const hits = sql`array(select hit.id from ${sql.raw(table)} hit where search_doc(hit.search_text) @@ ${query} limit ${FEW + 1})`;
  return [
    sql`${name}.id = any ((select case when cardinality(found.ids) <= ${FEW} then found.ids end from (select ${hits} as ids offset 0) found)::uuid[])`,
    sql`((select cardinality(${hits})) > ${FEW} and case when search_doc(${name}.search_text) @@ ${query} then true end)`,
  ];
}

/** What is said before a statement with these conditions: nothing here is small enough to be read whole, or by several. */
export const byIndex = (): Statement =>
  rows(sql`select set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`);
