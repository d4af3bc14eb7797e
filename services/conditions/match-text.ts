/** Longer text is cut: no rule needs more, and every rule stays cheap. */
const MAX_TEXT = 10_000;

/** Text as conditions compare it: NFKC, lower case, runs of blanks as one. */
export const foldText = (text: string): string =>
  text.slice(0, MAX_TEXT).normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();

/** Whether folded text fits a folded pattern that knows `*` only: one forward search for each literal part, no backtracking. */
export function matchesPattern(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return text === pattern;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/** Whether the words stand in the text one after the other; a word is a run of letters, digits and underscores. */
export function containsWord(text: string, words: string): boolean {
  const wanted = tokens(words);
  return wanted.length > 0 && ` ${tokens(text).join(' ')} `.includes(` ${wanted.join(' ')} `);
}

const tokens = (text: string): string[] => text.split(/[^\p{L}\p{M}\p{N}_]+/u).filter((token) => token !== '');
