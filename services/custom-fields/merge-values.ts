import { type FieldError, ServiceError } from '#schema/errors.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { checkValue } from './check-value.ts';
import type { FieldDefinition, FieldValues } from './field-definition.ts';

const MAX_BYTES = 32 * 1024;

export const isTooLarge = (values: FieldValues): boolean =>
  new TextEncoder().encode(JSON.stringify(values)).length > MAX_BYTES;

/**
 * What is given over what is there, by key: absent keeps, null clears. An archived field keeps its value and takes no
 * new one. `pointer` is where the values stand in the body.
 * @throws ServiceError unprocessable `unknown_field`, `invalid_field`, with one error per key.
 */
export function mergeFieldValues(
  fields: readonly FieldDefinition[],
  before: FieldValues,
  given: FieldValues,
  pointer: string,
): FieldValues {
  const errors: FieldError[] = [];
  const after = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(given)) {
    const refuse = (code: 'unknown_field' | 'invalid_field', detail: string): void =>
      void errors.push({ in: 'body', pointer: `${pointer}/${escaped(key)}`, code, detail });
    const field = fields.find((each) => each.key === key);
    if (field === undefined) {
      refuse('unknown_field', 'There is no live field with this key.');
    } else if (value === null) {
      after.delete(key);
    } else if (field.archivedAt !== null) {
      if (!isSame(value, before[key])) refuse('unknown_field', 'This field is archived and takes no new value.');
    } else {
      const checked = checkValue(field, value, before[key]);
      if ('problem' in checked) refuse('invalid_field', checked.problem);
      else if (checked.value === null) after.delete(key);
      else after.set(key, checked.value);
    }
  }
  const values = Object.fromEntries(after);
  if (isTooLarge(values)) {
    errors.push({ in: 'body', pointer, code: 'invalid_field', detail: 'All values together are at most 32 KiB.' });
  }
  const [first] = errors;
  if (first === undefined) return values;
  const reason = errors.some(({ code }) => code === 'unknown_field') ? 'unknown_field' : 'invalid_field';
  throw new ServiceError('unprocessable', 'A custom field does not take what it was given.', { reason, errors });
}

/** The defaults of live fields under what is there: a new thing starts with them. */
export const withDefaults = (fields: readonly FieldDefinition[], values: FieldValues): FieldValues => ({
  ...Object.fromEntries(
    fields
      .filter(({ archivedAt, defaultValue }) => archivedAt === null && defaultValue !== null)
      .map(({ key, defaultValue }) => [key, defaultValue]),
  ),
  ...values,
});

const isSame = (a: unknown, b: unknown): boolean => b !== undefined && canonicalJson(a) === canonicalJson(b);

/** RFC 6901. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
