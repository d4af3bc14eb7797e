/** The marks that folding drops: combining diacritics. The voiced marks of kana and the signs of Indic scripts stay. */
export const FOLDED_MARKS = '\\u0300-\\u036f';

/**
 * Characters of scripts that write no blanks between words (Thai, Lao, Khmer, Han, kana), as ranges of code points.
 * Each becomes a word of its own, so that a run of them is found as a phrase.
 */
export const UNSPACED_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x0e01, 0x0eff],
  [0x1780, 0x17ff],
  [0x19e0, 0x19ff],
  [0x2e80, 0x2fdf],
  [0x3005, 0x3007],
  [0x3021, 0x3029],
  [0x3031, 0x3035],
  [0x3038, 0x303b],
  [0x3041, 0x30ff],
  [0x31f0, 0x31ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x1aff0, 0x1b16f],
  [0x20000, 0x3fffd],
];

const hex = (code: number): string => code.toString(16);
const unspaced = new RegExp(
  `[${UNSPACED_RANGES.map(([first, last]) => `\\u{${hex(first)}}-\\u{${hex(last)}}`).join('')}]`,
  'gu',
);
const marks = new RegExp(`[${FOLDED_MARKS}]`, 'gu');

/**
 * The form in which two spellings of a word are one: NFKD, marks dropped, NFC, blanks around characters of scripts
 * without blanks, lower case with one small sigma, whatever stands behind it. Equals SQL `fold`; both sides of every match go through one of them.
 */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(marks, '')
    .normalize('NFC')
    .replace(unspaced, ' $& ')
    .toLowerCase()
    .replaceAll('ς', 'σ');

/** Runs of characters of scripts without blanks, to be found as phrases. */
export const UNSPACED_RUN = new RegExp(`(?:${unspaced.source})+`, 'gu');
