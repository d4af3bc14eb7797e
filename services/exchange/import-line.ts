import * as z from 'zod';
import { Attributes, CreateContactBody, MAX_EMAILS } from '#schema/api/contacts.ts';
import { ServiceError } from '#schema/errors.ts';
import type { FieldDefinition } from '#services/custom-fields/field-definition.ts';
import { csvCells, unguarded } from './csv.ts';

const { name, title, phone, externalId, avatarUrl, locale, timeZone } = CreateContactBody.shape;
const plain = { name, title, phone, externalId, avatarUrl, locale, timeZone };
const cleared = Object.fromEntries(Object.entries(plain).map(([key, field]) => [key, field.nullable()])) as {
  [K in keyof typeof plain]: z.ZodNullable<(typeof plain)[K]>;
};

/** A line as it is imported, and as an export writes it; of what an export adds, ids and times are passed over. */
export const ImportLine = z
  .strictObject({
    ...cleared,
    emails: z.array(z.string().min(3).max(320)).max(MAX_EMAILS).default([]),
    organizationExternalId: z.string().min(1).max(255).nullish(),
    organizationDomain: z.string().min(1).max(253).nullish(),
    attributes: Attributes.default({}),
    id: z.unknown(),
    organizationId: z.unknown(),
    createdAt: z.unknown(),
    updatedAt: z.unknown(),
  })
  .partial({ id: true, organizationId: true, createdAt: true, updatedAt: true });
export type ImportLine = z.output<typeof ImportLine>;

const EMAIL_COLUMN = /^email([2-9]|1\d|20)?$/;
const ATTRIBUTE_COLUMN = /^attributes\.([a-z][a-z0-9_]{0,39})$/;
const COLUMNS = new Set(Object.keys(ImportLine.shape).filter((key) => key !== 'emails' && key !== 'attributes'));

/** The columns of a header row. @throws ServiceError unprocessable `invalid_field`, with those that no contact has. */
export function readColumns(record: string): string[] {
  const columns = csvCells(record)?.map((cell) => cell.trim());
  const strange = columns?.filter(
    (column) => !COLUMNS.has(column) && !EMAIL_COLUMN.test(column) && !ATTRIBUTE_COLUMN.test(column),
  );
  if (columns === undefined || strange?.length !== 0 || new Set(columns).size !== columns.length) {
    const detail = 'The first row does not name columns of a contact, each once.';
    throw new ServiceError('unprocessable', detail, {
      reason: 'invalid_field',
      extra: { columns: strange ?? [] },
    });
  }
  return columns;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** @throws ServiceError invalid_request for what is no line of an import. */
export function readLine(
  bytes: Uint8Array | null,
  columns: readonly string[] | null,
  fields: readonly FieldDefinition[],
): ImportLine {
  if (bytes === null) throw broken();
  let value: unknown;
  try {
    const text = UTF8.decode(bytes);
    value = columns === null ? JSON.parse(text) : fromCells(csvCells(text), columns, fields);
  } catch {
    throw broken();
  }
  const parsed = ImportLine.safeParse(value);
  if (!parsed.success) throw broken(parsed.error.issues[0]?.path.join('/'));
  return parsed.data;
}

const broken = (pointer?: string): ServiceError =>
  new ServiceError('invalid_request', `This is no line of an import${pointer ? `: look at ${pointer}` : ''}.`);

/** An empty cell says nothing. */
function fromCells(
  cells: readonly string[] | undefined,
  columns: readonly string[],
  fields: readonly FieldDefinition[],
): unknown {
  if (cells === undefined || cells.length !== columns.length) return undefined;
  const line: Record<string, unknown> = {};
  const emails: string[] = [];
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
    else if (EMAIL_COLUMN.test(column)) emails.push(text);
    else line[column] = text;
  }
  return { ...line, emails, attributes };
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
