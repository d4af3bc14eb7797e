/** The cells of one record (RFC 4180); `undefined` where quotes stand amiss. */
export function csvCells(record: string): string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; ; ) {
    if (record[at] === '"') {
      let text = '';
      for (at += 1; ; ) {
        const end = record.indexOf('"', at);
        if (end === -1) return undefined;
        text += record.slice(at, end);
        at = end + 1;
        if (record[at] !== '"') break;
        text += '"';
        at += 1;
      }
      cells.push(text);
      if (at < record.length && record[at] !== ',') return undefined;
    } else {
      const comma = record.indexOf(',', at);
      const end = comma === -1 ? record.length : comma;
      const text = record.slice(at, end);
      if (text.includes('"')) return undefined;
      cells.push(text);
      at = end;
    }
    if (at >= record.length) return cells;
    at += 1;
  }
}

/** What a spreadsheet may take for a formula when a cell starts with it. */
const FORMULA = /^[=+\-@\t\r]/;
const GUARDED = /^'[=+\-@\t\r']/;

/** A record with its line end. No cell starts a formula: those that would get an apostrophe, which `unguarded` takes away. */
export const csvRecord = (cells: readonly string[]): string =>
  `${cells.map((text) => quotedIfNeeded(FORMULA.test(text) || GUARDED.test(text) ? `'${text}` : text)).join(',')}\r\n`;

export const unguarded = (text: string): string => (GUARDED.test(text) ? text.slice(1) : text);

const quotedIfNeeded = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
