export type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;

export interface Section {
  title: string;
  rows: readonly Row[];
  /** What a reader must know to read the numbers right. */
  notes: readonly string[];
}

/** A section as text for a terminal: a title, columns as wide as they need, numbers to the right, then the notes. */
export function renderSection({ title, rows, notes }: Section): string {
  const columns = Object.keys(rows[0] ?? {});
  const body = rows.map((row) => columns.map((column) => shown(row[column] ?? null)));
  const widths = columns.map((column, i) => Math.max(column.length, ...body.map((cells) => (cells[i] ?? '').length)));
  const isText = columns.map((column) => rows.every((row) => typeof row[column] === 'string'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isText[i] ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [
    title,
    line(columns),
    line(widths.map((width) => '-'.repeat(width))),
    ...body.map(line),
    ...notes.map((note) => `  ${note}`),
    '',
  ].join('\n');
}

/** Three digits say all that a measurement knows. */
function shown(value: Cell): string {
  if (value === null) return 'n/a';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(size >= 10 ? 1 : 2);
}
