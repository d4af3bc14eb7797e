/** Names of tags have one spelling: NFKC, trimmed, lower case, blanks as `-`. */
export const foldTagName = (text: string): string =>
  text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s\p{Cc}]+/gu, '-');
