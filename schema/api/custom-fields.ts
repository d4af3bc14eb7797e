import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { FIELD_OWNERS, FIELD_PORTAL, FIELD_REQUIRED_ON, FIELD_TYPES } from '../tables/ticket-fields.ts';
import { Instant, oneLine } from './shared.ts';

const Value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

/** `{key: value}` by the fields that the desk defines; decimals are text. */
export const FieldValues = z
  .record(z.string(), Value)
  .meta({ id: 'FieldValues', description: 'By the key of the field.', examples: [{ plan: 'pro', seats: 12 }] });

/** The same in a body: null clears, absent keeps. */
export const FieldValuesInput = z
  .record(z.string(), Value.nullable())
  .meta({ id: 'FieldValuesInput', description: 'Merged by key: absent keeps, null clears.' });

const Option = z.strictObject({ value: oneLine(1, 100), label: oneLine(1, 100), archived: z.boolean().default(false) });

const Options = z
  .array(Option)
  .max(200)
  .refine((options) => new Set(options.map(({ value }) => value)).size === options.length, 'Each value once.')
  .meta({ description: 'For select and multi_select. An option that is left out of a change is archived.' });

const Bound = z
  .string()
  .regex(/^-?\d{1,20}(\.\d{1,10})?$/, 'A decimal as text, such as "12.5".')
  .meta({ description: 'Of integer and decimal, as text.' });

const requiredOn = z.enum(FIELD_REQUIRED_ON);
const portal = z.enum(FIELD_PORTAL);
const position = z.int().min(0).max(1_000_000);

export const TicketField = z
  .strictObject({
    id: idSchema('tfield'),
    appliesTo: z.enum(FIELD_OWNERS),
    key: z.string(),
    type: z.enum(FIELD_TYPES),
    label: z.string(),
    options: z.array(z.strictObject({ value: z.string(), label: z.string(), archived: z.boolean() })),
    defaultValue: Value.nullable(),
    min: z.string().nullable(),
    max: z.string().nullable(),
    requiredOn,
    portal,
    position: z.int(),
    archivedAt: Instant.nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'TicketField' });
export type TicketField = z.input<typeof TicketField>;

export const CreateTicketFieldBody = z
  .strictObject({
    appliesTo: z.enum(FIELD_OWNERS).default('ticket'),
    key: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'A letter, then letters, digits and _; at most 40.'),
    type: z.enum(FIELD_TYPES),
    label: oneLine(1, 80),
    options: Options.optional(),
    defaultValue: Value.optional(),
    min: Bound.optional(),
    max: Bound.optional(),
    requiredOn: requiredOn.optional(),
    portal: portal.optional(),
    position: position.optional(),
  })
  .meta({ id: 'CreateTicketFieldBody' });

export const UpdateTicketFieldBody = z
  .strictObject({
    label: oneLine(1, 80).optional(),
    options: Options.optional(),
    defaultValue: Value.nullable().optional(),
    min: Bound.nullable().optional(),
    max: Bound.nullable().optional(),
    requiredOn: requiredOn.optional(),
    portal: portal.optional(),
    position: position.optional(),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateTicketFieldBody' });
