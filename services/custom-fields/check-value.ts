import * as z from 'zod';
import { compareDecimals, plainDecimal } from './decimal.ts';
import type { FieldDefinition } from './field-definition.ts';

export type Checked = { value: unknown } | { problem: string };

const TEXT_MAX = 500;
const LONG_TEXT_MAX = 10_000;
const URL_MAX = 2000;
const CHOICES_MAX = 50;

/**
 * A value of a field in its one stored form: instants in UTC, decimals without idle zeros, choices in the order of the
 * options. `before` is the present value: archived options that it holds may stay, new ones may not come.
 */
export function checkValue(field: FieldDefinition, value: unknown, before: unknown): Checked {
  return CHECKS[field.type](field, value, before);
}

type Check = (field: FieldDefinition, value: unknown, before: unknown) => Checked;

const problem = (text: string): Checked => ({ problem: text });

const textOf =
  (max: number, lines: 'one' | 'many'): Check =>
  (_field, value) => {
    const text = typeof value === 'string' ? value.trim() : '';
    const fits = text !== '' && text.length <= max && (lines === 'many' || !/[\r\n]/.test(text));
    if (fits) return { value: text };
    return problem(`This is ${lines === 'one' ? 'one line of ' : ''}text of 1 to ${max} characters.`);
  };

function bounded({ min, max }: FieldDefinition, decimal: string, value: unknown): Checked {
  if (min !== null && compareDecimals(decimal, min) < 0) return problem(`This is at least ${min}.`);
  if (max !== null && compareDecimals(decimal, max) > 0) return problem(`This is at most ${max}.`);
  return { value };
}

const integer: Check = (field, value) =>
  Number.isSafeInteger(value) ? bounded(field, String(value), Number(value)) : problem('This is a whole number.');

const decimal: Check = (field, value) => {
  const plain = typeof value === 'string' ? plainDecimal(value) : undefined;
  if (plain === undefined) return problem('This is a decimal as text, such as "12.5", with at most 10 places.');
  return bounded(field, plain, plain);
};

const boolean: Check = (_field, value) => (typeof value === 'boolean' ? { value } : problem('This is true or false.'));

const date: Check = (_field, value) =>
  z.iso.date().safeParse(value).success ? { value } : problem('This is a date such as 2026-11-02.');

const datetime: Check = (_field, value) =>
  z.iso.datetime({ offset: true }).safeParse(value).success
    ? { value: new Date(String(value)).toISOString() }
    : problem('This is an instant such as 2026-11-02T09:12:00Z.');

const select: Check = (field, value, before) =>
  allowed(field, [before]).includes(value) ? { value } : problem('This is one of the live options of the field.');

const multiSelect: Check = (field, value, before) => {
  const known = allowed(field, Array.isArray(before) ? before : []);
  if (!Array.isArray(value) || value.length > CHOICES_MAX || !value.every((each) => known.includes(each))) {
    return problem(`This is a list of at most ${CHOICES_MAX} live options of the field.`);
  }
  const chosen = known.filter((each) => value.includes(each));
  return { value: chosen.length === 0 ? null : chosen };
};

function allowed({ options }: FieldDefinition, before: readonly unknown[]): unknown[] {
  return options.filter(({ value, archived }) => !archived || before.includes(value)).map(({ value }) => value);
}

const url: Check = (_field, value) => {
  const text = typeof value === 'string' && value.length <= URL_MAX ? value : '';
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  return parsed !== undefined && ['http:', 'https:'].includes(parsed.protocol)
    ? { value: parsed.href }
    : problem('This is a URL that starts with http:// or https://.');
};

const CHECKS: Readonly<Record<FieldDefinition['type'], Check>> = {
  text: textOf(TEXT_MAX, 'one'),
  long_text: textOf(LONG_TEXT_MAX, 'many'),
  integer,
  decimal,
  boolean,
  date,
  datetime,
  select,
  multi_select: multiSelect,
  url,
};
