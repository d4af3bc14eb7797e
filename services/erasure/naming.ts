import { type SQL, sql } from 'drizzle-orm';
import { ERASED_TEXT, type Erasure } from './erasure.ts';

const SHORTEST = 4;

/** A word that nobody else may have: an address, a number, a full name, an id of letters and digits. */
const isTelling = (word: string): boolean =>
  word.length >= SHORTEST && (/[@\s]|^\+/.test(word) || (/\p{L}/u.test(word) && /\d/.test(word)));

/** What finds the words that are theirs alone, whole and in any case, in text and in the strings of JSON. */
function pattern({ words }: Erasure): string {
  const telling = words.filter(isTelling).map((word) => JSON.stringify(word).slice(1, -1));
  if (telling.length === 0) return '(?!)';
  const quoted = telling.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return `(?<![[:alnum:]\\[])(?:${quoted.join('|')})(?![[:alnum:]])`;
}

export const namesThem = (column: SQL, erasure: Erasure): SQL => sql`${column}::text ~* ${pattern(erasure)}`;

/** A text in which they are named no more. */
export const unnamed = (column: SQL, erasure: Erasure): SQL =>
  sql`regexp_replace(${column}::text, ${pattern(erasure)}, ${ERASED_TEXT}, 'gi')`;
