/** Text as Postgres can store it: without U+0000 and half surrogate pairs, in NFC. */
export const storableText = (text: string): string => text.replaceAll('\0', '').toWellFormed().normalize('NFC');

/** One line of at most `most` UTF-16 units, never cut inside a character; empty when nothing visible is left. */
export function storableLine(text: string, most: number): string {
  const line = storableText(text)
    .replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
    .trim();
  return cutText(line, most).trim();
}

/** At most `most` UTF-16 units, without a half surrogate pair at the end. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
