import { ServiceError } from '#schema/errors.ts';
import type { FieldDefinition, FieldValues } from './field-definition.ts';

/**
 * Staff give what the desk demands at this moment. @throws ServiceError unprocessable `missing_fields`, `fields` names them.
 */
export function requireFields(
  fields: readonly FieldDefinition[],
  values: FieldValues,
  moment: 'create' | 'solve',
): void {
  const missing = fields
    .filter(
      ({ archivedAt, requiredOn, key }) => archivedAt === null && requiredOn === moment && !Object.hasOwn(values, key),
    )
    .map(({ key }) => key);
  if (missing.length === 0) return;
  const detail = `This field needs a value before the ticket can be ${moment === 'create' ? 'created' : 'solved'}.`;
  throw new ServiceError('unprocessable', 'Required custom fields have no value.', {
    reason: 'missing_fields',
    extra: { fields: missing },
    errors: missing.map((key) => ({ in: 'body', pointer: `/customFields/${key}`, code: 'missing_fields', detail })),
  });
}
