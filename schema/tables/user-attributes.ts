import { sql } from 'drizzle-orm';
import { bigint, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { ATTRIBUTE_TYPES } from '../content-values.ts';
import { key, oneOf, rule, textLength } from '../keys.ts';

/** One value a `choice` attribute may hold. An archived one stays readable where it is stored. */
export interface AttributeOption {
  value: string;
  label: string;
  archived: boolean;
}

export const userAttributeDefinitions = pgTable(
  'user_attribute_definitions',
  {
    id: pk('uattr'),
    key: text().notNull(),
    label: text().notNull(),
    description: text(),
    type: choice(ATTRIBUTE_TYPES).notNull(),
    options: jsonb().$type<readonly AttributeOption[]>(),
    currency: text(),
    externalKey: text(),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    key(t.key),
    key(t.externalKey),
    rule(t.key, 'key_shape', sql`${t.key} ~ '^[a-z][a-z0-9_]{0,39}$'`),
    textLength(t.label, 1, 80),
    textLength(t.description, 0, 2000),
    oneOf(t.type, ATTRIBUTE_TYPES),
    rule(t.options, 'choice', sql`(${t.type} = 'choice') = (${t.options} is not null)`),
    // `case`, because the order of an `and` is not promised and the length of a non-array is an error.
    rule(
      t.options,
      'options',
      sql`case when jsonb_typeof(${t.options}) = 'array' then jsonb_array_length(${t.options}) <= 100 else ${t.options} is null end`,
    ),
    rule(t.currency, 'currency_shape', sql`${t.currency} ~ '^[A-Z]{3}$'`),
    rule(t.currency, 'currency', sql`${t.currency} is null or ${t.type} = 'number'`),
    textLength(t.externalKey, 1, 120),
  ],
);
