import { eq } from 'drizzle-orm';
import type { TicketField } from '#schema/api/custom-fields.ts';
import { type FieldError, ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { ticketFields } from '#schema/index.ts';
import type { FieldOption } from '#schema/tables/ticket-fields.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { checkValue } from './check-value.ts';
import { compareDecimals, plainDecimal } from './decimal.ts';

export type FieldRow = typeof ticketFields.$inferSelect;

export const MOST_FIELDS = 100;
const MOST_OPTIONS = 200;

/** Archived ones too. */
export const fieldById = (id: Id<'tfield'>): Statement<FieldRow[]> =>
  statement(qb.select().from(ticketFields).where(eq(ticketFields.id, id)));

export const fieldView = (row: FieldRow): TicketField => ({
  id: row.id,
  appliesTo: row.appliesTo,
  key: row.key,
  type: row.type,
  label: row.label,
  options: row.options,
  defaultValue: row.defaultValue as TicketField['defaultValue'],
  min: row.min === null ? null : (plainDecimal(row.min) ?? row.min),
  max: row.max === null ? null : (plainDecimal(row.max) ?? row.max),
  requiredOn: row.requiredOn,
  portal: row.portal,
  position: row.position,
  archivedAt: row.archivedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  version: row.version,
});

/** What is left out is archived, because things have it as their value. */
export const mergeOptions = (before: readonly FieldOption[], given: readonly FieldOption[]): FieldOption[] => [
  ...given,
  ...before
    .filter(({ value }) => !given.some((option) => option.value === value))
    .map((option) => ({ ...option, archived: true })),
];

/**
 * A definition that values can be checked by; the default in its stored form.
 * @throws ServiceError unprocessable `invalid_field`, `limit_reached`.
 */
export function soundField(row: FieldRow): FieldRow {
  const chosen = row.type === 'select' || row.type === 'multi_select';
  const counted = row.type === 'integer' || row.type === 'decimal';
  if (row.options.length > 0 && !chosen) throw unsound('/options', 'Only select and multi_select have options.');
  if ((row.min !== null || row.max !== null) && !counted)
    throw unsound(row.min === null ? '/max' : '/min', 'Only integer and decimal have bounds.');
  if (row.min !== null && row.max !== null && compareDecimals(row.min, row.max) > 0)
    throw unsound('/min', 'The lower bound is above the upper one.');
  if (row.options.length > MOST_OPTIONS) {
    throw new ServiceError('unprocessable', `A field has at most ${MOST_OPTIONS} options, archived ones too.`, {
      reason: 'limit_reached',
    });
  }
  if (row.defaultValue === null || row.defaultValue === undefined) return { ...row, defaultValue: null };
  const checked = checkValue(row, row.defaultValue, undefined);
  if ('problem' in checked) throw unsound('/defaultValue', checked.problem);
  return { ...row, defaultValue: checked.value };
}

function unsound(pointer: string, detail: string): ServiceError {
  const errors: FieldError[] = [{ in: 'body', pointer, code: 'invalid_field', detail }];
  return new ServiceError('unprocessable', detail, { reason: 'invalid_field', errors });
}
