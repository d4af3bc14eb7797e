import { type SQL, sql } from 'drizzle-orm';
import { fold, UNSPACED_RUN } from '#schema/fold.ts';

/** What somebody types to find tickets, taken apart. */
export interface SearchWords {
  /** `#1042` or `1042`. */
  number: number | undefined;
  address: string | undefined;
  /** Which documents match, as SQL of a `tsquery`. */
  query: SQL;
  /** Texts that hold any of the words, for the choice of what is shown. */
  anyWord: SQL;
  /** Folded words and phrases that a text is to hold; the last may be a beginning. */
  words: readonly { text: string; isBeginning: boolean }[];
}

const NUMBER = /^#?(\d{1,15})$/;
const ADDRESS = /^[^\s@"]{1,64}@[^\s@"]{1,254}$/;
/** A beginning is completed from three letters on. */
const BEGINNING = /(?:^|\s)([\p{L}\p{N}][\p{L}\p{M}\p{N}]{2,})$/u;

/**
 * The grammar is Postgres's `websearch_to_tsquery`, which no text makes fail: words that must all be there, "phrases",
 * -without, or. Both sides are folded; a run of characters of a script without blanks is a phrase.
 */
export function searchWords(text: string): SearchWords {
  const folded = fold(quoted(text)).replace(/\s+/g, ' ').trim();
  const [, beginning] = isOpen(folded) ? [] : (BEGINNING.exec(folded) ?? []);
  const head = beginning === undefined ? '' : folded.slice(0, -beginning.length).trim();
  const words = wordsOf(folded, beginning);
  const any = words.map((word) => `"${word.text}"`).join(' or ');
  return {
    number: NUMBER.test(text) ? Number(NUMBER.exec(text)?.[1]) : undefined,
    address: ADDRESS.test(text) ? text.toLowerCase() : undefined,
    query: withBeginning(webQuery(folded), head, beginning),
    anyWord: withBeginning(webQuery(any), '', beginning),
    words,
  };
}

const webQuery = (text: string): SQL => sql`websearch_to_tsquery('pg_catalog.simple', ${text}::text)`;

function withBeginning(whole: SQL, head: string, beginning: string | undefined): SQL {
  if (beginning === undefined) return whole;
  const begun = sql`to_tsquery('pg_catalog.simple', ${`${beginning}:*`}::text)`;
  if (head === '') return sql`(${whole} || ${begun})`;
  const alternative = /(?:^|\s)or$/.test(head);
  return sql`(${whole} || (${webQuery(alternative ? head.slice(0, -2) : head)} ${sql.raw(alternative ? '||' : '&&')} ${begun}))`;
}

/** Runs without blanks in quotes of their own, outside of what is quoted already. */
function quoted(text: string): string {
  const parts = text.split('"');
  return parts
    .map((part, i) => {
      const isPhrase = i % 2 === 1 && i < parts.length - 1;
      if (isPhrase) return `"${part}"`;
      return part.replace(UNSPACED_RUN, (run, at: number) => `${part[at - 1] === '-' ? '' : ' '}"${run}" `);
    })
    .join(' ');
}

/** Whether the text ends inside a phrase. */
const isOpen = (text: string): boolean => text.split('"').length % 2 === 0;

function wordsOf(folded: string, beginning: string | undefined): SearchWords['words'] {
  const found = [...folded.matchAll(/(-?)"([^"]*)"|(-?)([^\s"]+)/g)].flatMap(([, not, phrase, without, word]) => {
    const text = (phrase ?? word ?? '').trim();
    return not || without || text === '' || text === 'or' ? [] : [text];
  });
  return found.map((text, i) => ({ text, isBeginning: i === found.length - 1 && text === beginning }));
}
