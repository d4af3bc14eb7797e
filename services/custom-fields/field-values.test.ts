import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { checkValue } from './check-value.ts';
import { compareDecimals, plainDecimal } from './decimal.ts';
import type { FieldDefinition, FieldValues } from './field-definition.ts';
import { mergeFieldValues, withDefaults } from './merge-values.ts';
import { requireFields } from './require-fields.ts';

const field = (key: string, type: FieldDefinition['type'], more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  key,
  type,
  options: [],
  defaultValue: null,
  min: null,
  max: null,
  requiredOn: 'none',
  portal: 'hidden',
  archivedAt: null,
  ...more,
});
const options = ['red', 'green', 'blue'].map((value) => ({ value, label: value, archived: value === 'blue' }));
const FIELDS = [
  field('note', 'text'),
  field('size', 'integer', { min: '1', max: '10' }),
  field('colors', 'multi_select', { options }),
  field('old', 'text', { archivedAt: new Date(0) }),
];
const merge = (before: FieldValues, given: FieldValues) => mergeFieldValues(FIELDS, before, given, '/customFields');

function refusal(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof ServiceError)
      return { reason: error.reason, errors: error.details.errors, ...error.details.extra };
    throw error;
  }
  return undefined;
}

describe('a value', () => {
  it.each<[FieldDefinition['type'], unknown, unknown]>([
    ['text', '  Ada ', 'Ada'],
    ['long_text', 'two\nlines', 'two\nlines'],
    ['integer', -3, -3],
    ['decimal', '-0012.500', '-12.5'],
    ['decimal', '-0.00', '0'],
    ['boolean', false, false],
    ['date', '2028-02-29', '2028-02-29'],
    ['datetime', '2026-11-02T10:12:00+01:00', '2026-11-02T09:12:00.000Z'],
    ['url', 'HTTPS://Example.com', 'https://example.com/'],
    ['select', 'red', 'red'],
    ['multi_select', ['green', 'red', 'green'], ['red', 'green']],
    ['multi_select', [], null],
  ])('%s %j is stored as %j, and that again as itself', (type, given, stored) => {
    const definition = field('x', type, { options: type.endsWith('select') ? options : [] });
    expect(checkValue(definition, given, undefined)).toEqual({ value: stored });
    if (stored !== null) expect(checkValue(definition, stored, undefined)).toEqual({ value: stored });
  });

  it.each<[FieldDefinition['type'], unknown]>([
    ['text', ' '],
    ['text', 'x'.repeat(501)],
    ['text', 'two\nlines'],
    ['text', 1],
    ['long_text', 'x'.repeat(10_001)],
    ['integer', 1.5],
    ['integer', '1'],
    ['integer', 2 ** 53],
    ['decimal', 12.5],
    ['decimal', '1e3'],
    ['decimal', '0.12345678901'],
    ['boolean', 'true'],
    ['date', '2026-02-29'],
    ['datetime', '2026-11-02T10:12:00'],
    ['url', 'javascript:alert(1)'],
    ['url', 'example.com'],
    ['select', 'blue'],
    ['select', 'pink'],
    ['multi_select', 'red'],
    ['multi_select', ['red', 'blue']],
  ])('%s refuses %j', (type, given) => {
    expect(checkValue(field('x', type, { options }), given, undefined)).toHaveProperty('problem');
  });

  it('keeps an archived choice that it has, beside new ones', () => {
    const colors = field('x', 'multi_select', { options });
    expect(checkValue(colors, ['blue', 'red'], ['blue'])).toEqual({ value: ['red', 'blue'] });
    expect(checkValue(field('x', 'select', { options }), 'blue', 'blue')).toEqual({ value: 'blue' });
  });

  it('is held to exact bounds, where a float would round', () => {
    const price = field('x', 'decimal', { min: '0.1', max: '9007199254740993' });
    expect(checkValue(price, '9007199254740993', undefined)).toEqual({ value: '9007199254740993' });
    expect(checkValue(price, '9007199254740993.0000000001', undefined)).toHaveProperty('problem');
    expect(checkValue(price, '0.0999999999', undefined)).toHaveProperty('problem');
  });
});

it('decimals compare as numbers do, whatever their spelling', () => {
  const whole = fc.integer({ min: -9999, max: 9999 });
  fc.assert(
    fc.property(whole, whole, (a, b) => {
      const [left, right] = [plainDecimal((a / 100).toFixed(4)), plainDecimal((b / 100).toFixed(2))];
      expect(compareDecimals(left ?? '', right ?? '')).toBe(Math.sign(a - b));
      expect(left === right).toBe(a === b);
    }),
  );
});

describe('values of a thing', () => {
  it('are merged by key: absent keeps, null and an empty list clear', () => {
    expect(merge({ note: 'a', size: 2, colors: ['red'] }, { note: 'b', colors: [] })).toEqual({ note: 'b', size: 2 });
    expect(merge({ note: 'a' }, { note: null, size: null })).toEqual({});
  });

  it('name every broken key, by a JSON pointer', () => {
    expect(refusal(() => merge({}, { size: 11, 'a/b': 1, note: 'fine' }))).toMatchObject({
      reason: 'unknown_field',
      errors: [
        { pointer: '/customFields/size', code: 'invalid_field' },
        { pointer: '/customFields/a~1b', code: 'unknown_field' },
      ],
    });
    expect(refusal(() => merge({}, { size: 0 }))).toMatchObject({ reason: 'invalid_field' });
    for (const key of ['constructor', '__proto__', 'toString'])
      expect(refusal(() => merge({}, JSON.parse(`{"${key}": "x"}`)))).toMatchObject({ reason: 'unknown_field' });
  });

  it('keep what an archived field has, and may lose it, but take nothing new', () => {
    expect(merge({ old: 'x' }, { old: 'x', note: 'a' })).toEqual({ old: 'x', note: 'a' });
    expect(merge({ old: 'x' }, { old: null })).toEqual({});
    expect(refusal(() => merge({ old: 'x' }, { old: 'y' }))).toMatchObject({ reason: 'unknown_field' });
    expect(refusal(() => merge({}, { old: 'x' }))).toMatchObject({ reason: 'unknown_field' });
  });

  it('stay within 32 KiB together', () => {
    const many = ['a', 'b', 'c', 'd'].map((key) => field(key, 'long_text'));
    const values = Object.fromEntries(many.map(({ key }) => [key, 'x'.repeat(10_000)]));
    expect(refusal(() => mergeFieldValues(many, {}, values, '/attributes'))).toMatchObject({
      reason: 'invalid_field',
      errors: [{ pointer: '/attributes' }],
    });
  });

  it('start with the defaults of live fields', () => {
    const fields = [field('a', 'integer', { defaultValue: 1 }), field('b', 'integer', { defaultValue: 2 })];
    expect(withDefaults(fields, { b: 3 })).toEqual({ a: 1, b: 3 });
    expect(withDefaults([field('a', 'integer', { defaultValue: 1, archivedAt: new Date(0) })], {})).toEqual({});
  });

  it('are complete only with what is required at that moment; false and 0 are values', () => {
    const fields = [
      field('a', 'boolean', { requiredOn: 'solve' }),
      field('b', 'integer', { requiredOn: 'solve' }),
      field('c', 'text', { requiredOn: 'create' }),
      field('d', 'text', { requiredOn: 'solve', archivedAt: new Date(0) }),
    ];
    expect(refusal(() => requireFields(fields, { a: false }, 'solve'))).toMatchObject({
      reason: 'missing_fields',
      fields: ['b'],
    });
    expect(refusal(() => requireFields(fields, { a: false, b: 0 }, 'solve'))).toBeUndefined();
    expect(refusal(() => requireFields(fields, {}, 'create'))).toMatchObject({ fields: ['c'] });
  });
});
