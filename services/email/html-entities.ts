/** The names of U+00A0 to U+00FF, in that order (HTML 4.01 §24.2). */
const LATIN_1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil ' +
  'Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave ' +
  'Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute ' +
  'thorn yuml';
const FIRST_OF_LATIN_1 = 0xa0;

const OTHERS =
  'amp & lt < gt > quot " apos \' ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ lsaquo ‹ rsaquo › ' +
  'hellip … bull • euro € trade ™ permil ‰ dagger † prime ′ minus − OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ larr ← ' +
  'rarr → uarr ↑ darr ↓';

const pairs = [...OTHERS.matchAll(/(\w+) (\S)/g)].map(([, name, character]) => [name, character]);

/**
 * The characters that mail programs name in HTML: those of HTML 4 for Latin scripts, punctuation and arrows. All of HTML's
 * 2,231 names would be 15 KiB of the Worker; mail is UTF-8 and names few. Blanks come as plain ones, soft hyphens as none.
 */
export const HTML_ENTITIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LATIN_1.split(' ').map((name, at) => [name, String.fromCharCode(FIRST_OF_LATIN_1 + at)])),
  ...Object.fromEntries(pairs),
  ...Object.fromEntries(['nbsp', 'ensp', 'emsp', 'thinsp'].map((name) => [name, ' '])),
  ...Object.fromEntries(['shy', 'zwnj', 'zwj'].map((name) => [name, ''])),
};
