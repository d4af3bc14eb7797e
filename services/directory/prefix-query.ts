import { type SQL, sql } from 'drizzle-orm';
import { fold } from '#schema/fold.ts';

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
