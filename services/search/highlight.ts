import { fold } from '#schema/fold.ts';
import type { SearchWords } from './search-words.ts';

const BEFORE = 60;
const LENGTH = 240;
const MOST_MATCHES = 20;

export interface Snippet {
  text: string;
  /** Where the words stand in `text`, in UTF-16 code units. */
  matches: { from: number; to: number }[];
}

/** Some of a text around the first of the words that were looked for. */
export function snippetOf(text: string, words: SearchWords['words']): Snippet {
  const plain = text.replace(/\s+/g, ' ').trim();
  const all = placesOf(plain, words);
  const first = all[0]?.from ?? 0;
  const start = first <= BEFORE ? 0 : wordStart(plain, first - BEFORE);
  const end = plain.length - start <= LENGTH ? plain.length : wordStart(plain, start + LENGTH);
  return {
    text: plain.slice(start, end).trimEnd(),
    matches: all
      .filter(({ from, to }) => from >= start && to <= end)
      .slice(0, MOST_MATCHES)
      .map(({ from, to }) => ({ from: from - start, to: to - start })),
  };
}

/** Word by word, because a folded text is not as long as what it was. Phrases are found by their words. */
function placesOf(text: string, words: SearchWords['words']): Snippet['matches'] {
  const wanted = words.flatMap(({ text: phrase, isBeginning }) =>
    phrase
      .split(/[^\p{L}\p{M}\p{N}]+/u)
      .filter((word) => word !== '')
      .map((word) => ({ word, isBeginning })),
  );
  const found: Snippet['matches'] = [];
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    let from = index;
    // Folding sets blanks around each character that is a word of its own.
    for (const piece of fold(word).trim().includes(' ') ? word : [word]) {
      const folded = fold(piece).trim();
      const hit = wanted.some((each) => (each.isBeginning ? folded.startsWith(each.word) : folded === each.word));
      const last = found.at(-1);
      if (hit && last?.to === from) last.to = from + piece.length;
      else if (hit) found.push({ from, to: from + piece.length });
      from += piece.length;
    }
  }
  return found;
}

function wordStart(text: string, at: number): number {
  const blank = text.lastIndexOf(' ', at);
  return blank > at - 30 && blank >= 0 ? blank + 1 : /[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at - 1 : at;
}
