import * as z from 'zod';
import { ServiceError } from '#schema/errors.ts';
import type { FieldDefinition } from '#services/custom-fields/field-definition.ts';
import { csvCells, unguarded } from './csv.ts';

/** What an export adds to each line and an import passes over. */
export const EXPORTED = {
  id: z.unknown().optional(),
  createdAt: z.unknown().optional(),
  updatedAt: z.unknown().optional(),
};

/** How the cells of a CSV make a line. */
interface Cells {
  columns: { plain: ReadonlySet<string>; list: RegExp; json: readonly string[] };
  record: { noun: string; parts: { name: string } };
}

/** The columns that are fields of a line as they stand. */
export const plainColumns = ({ shape }: { shape: object }, list: string): ReadonlySet<string> =>
  new Set(Object.keys(shape).filter((key) => key !== list && key !== 'attributes'));

/** Texts, each once. */
export const texts = (values: readonly (string | null | undefined)[]): string[] => [
  ...new Set(values.filter((value) => typeof value === 'string')),
];

const ATTRIBUTE_COLUMN = /^attributes\.([a-z][a-z0-9_]{0,39})$/;

/** The columns of a header row. @throws ServiceError unprocessable `invalid_field`, with those that there are not. */
export function readColumns(record: string, { columns: { plain, list }, record: { noun } }: Cells): string[] {
  const columns = csvCells(record)?.map((cell) => cell.trim());
  const strange = columns?.filter(
    (column) => !plain.has(column) && !list.test(column) && !ATTRIBUTE_COLUMN.test(column),
  );
  if (columns === undefined || strange?.length !== 0 || new Set(columns).size !== columns.length) {
    const detail = `The first row does not name columns of one ${noun}, each once.`;
    throw new ServiceError('unprocessable', detail, {
      reason: 'invalid_field',
      extra: { columns: strange ?? [] },
    });
  }
  return columns;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** @throws ServiceError invalid_request for what is no line of an import. */
export function readLine<Line>(
  bytes: Uint8Array | null,
  columns: readonly string[] | null,
  fields: readonly FieldDefinition[],
  kind: Cells & { schema: z.ZodType<Line> },
): Line {
  if (bytes === null) throw broken();
  let value: unknown;
  try {
    const text = UTF8.decode(bytes);
    value = columns === null ? JSON.parse(text) : fromCells(csvCells(text), columns, fields, kind);
  } catch {
    throw broken();
  }
  const parsed = kind.schema.safeParse(value);
  if (!parsed.success) throw broken(parsed.error.issues[0]?.path.join('/'));
  return parsed.data;
}

const broken = (pointer?: string): ServiceError =>
  new ServiceError('invalid_request', `This is no line of an import${pointer ? `: look at ${pointer}` : ''}.`);

/** An empty cell says nothing; a cell of the list may hold several, as JSON. */
function fromCells(
  cells: readonly string[] | undefined,
  columns: readonly string[],
  fields: readonly FieldDefinition[],
  kind: Cells,
): unknown {
  if (cells === undefined || cells.length !== columns.length) return undefined;
  const line: Record<string, unknown> = {};
  const listed: unknown[] = [];
  const attributes: Record<string, unknown> = {};
  for (const [i, column] of columns.entries()) {
    const text = unguarded(cells[i] ?? '').trim();
    if (text === '') continue;
    const attribute = ATTRIBUTE_COLUMN.exec(column)?.[1];
    if (attribute !== undefined)
      attributes[attribute] = fromCell(
        text,
        fields.find(({ key }) => key === attribute),
      );
    else if (kind.columns.list.test(column)) listed.push(...(text.startsWith('[') ? JSON.parse(text) : [text]));
    else line[column] = kind.columns.json.includes(column) ? JSON.parse(text) : text;
  }
  return { ...line, [kind.record.parts.name]: listed, attributes };
}

/** Numbers, yes and no, and lists stand in a cell as JSON; all else is text. */
function fromCell(text: string, field: FieldDefinition | undefined): unknown {
  if (field === undefined || !['integer', 'boolean', 'multi_select'].includes(field.type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
