import * as z from 'zod';

const Value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

/** `{key: value}` by the fields that the desk defines; decimals are text. */
export const FieldValues = z
  .record(z.string(), Value)
  .meta({ id: 'FieldValues', description: 'By the key of the field.', examples: [{ plan: 'pro', seats: 12 }] });

/** The same in a body: null clears, absent keeps. */
export const FieldValuesInput = z
  .record(z.string(), Value.nullable())
  .meta({ id: 'FieldValuesInput', description: 'Merged by key: absent keeps, null clears.' });
