import { sql } from 'drizzle-orm';
import { bigint, integer, jsonb, numeric, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { key, oneOf, rule, textLength } from '../keys.ts';

export const FIELD_OWNERS = ['ticket', 'contact', 'organization'] as const;
export const FIELD_TYPES = [
  'text',
  'long_text',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'select',
  'multi_select',
  'url',
] as const;
export const FIELD_REQUIRED_ON = ['none', 'create', 'solve'] as const;
export const FIELD_PORTAL = ['hidden', 'visible', 'editable'] as const;

export interface FieldOption {
  value: string;
  label: string;
  archived: boolean;
}

const OPTIONS_MAX = 200;

export const ticketFields = pgTable(
  'ticket_fields',
  {
    id: pk('tfield'),
    appliesTo: choice(FIELD_OWNERS).notNull(),
    key: text().notNull(),
    type: choice(FIELD_TYPES).notNull(),
    label: text().notNull(),
    options: jsonb().$type<FieldOption[]>().notNull().default([]),
    defaultValue: jsonb().$type<unknown>(),
    /** Exact decimals as text: a JavaScript number would round the bounds of a decimal field. */
    min: numeric(),
    max: numeric(),
    requiredOn: choice(FIELD_REQUIRED_ON).notNull().default('none'),
    portal: choice(FIELD_PORTAL).notNull().default('hidden'),
    position: integer().notNull().default(0),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    key([t.appliesTo, t.key]),
    oneOf(t.appliesTo, FIELD_OWNERS),
    rule(t.key, 'key_shape', sql`${t.key} ~ '^[a-z][a-z0-9_]{0,39}$'`),
    oneOf(t.type, FIELD_TYPES),
    textLength(t.label, 1, 80),
    rule(
      t.options,
      'options',
      sql`case when jsonb_typeof(${t.options}) = 'array' then jsonb_array_length(${t.options}) <= ${sql.raw(String(OPTIONS_MAX))} else false end`,
    ),
    rule(t.options, 'options_type', sql`${t.type} in ('select', 'multi_select') or ${t.options} = '[]'::jsonb`),
    rule(t.min, 'bounds', sql`${t.min} <= ${t.max}`),
    oneOf(t.requiredOn, FIELD_REQUIRED_ON),
    oneOf(t.portal, FIELD_PORTAL),
    rule(t.position, 'position', sql`${t.position} >= 0`),
  ],
);
