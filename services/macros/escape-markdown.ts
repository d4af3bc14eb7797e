const INLINE = /[\\`*_[\]<>|~@]|&(?=#?\w+;)|:(?=\/\/)|(?<=www)\./gi;
const AT_START = /^(?:[#+=:-]|\d+(?=[.)])[.)])/;

/**
 * A value that stands in Markdown as the words it is: no link, no emphasis, no address that links itself, and at the
 * start of a line no list or heading (CommonMark 0.31 and the autolinks of GFM).
 */
export const escapeMarkdown = (value: string): string =>
  value
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(INLINE, '\\$&')
    .replace(AT_START, (start) => `${start.slice(0, -1)}\\${start.at(-1)}`);
