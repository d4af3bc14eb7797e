import { describe, expect, test } from 'vitest';
import type { StoredCondition } from '#schema/tables/sla-shapes.ts';
import { checkCondition, fieldsOf } from './check-condition.ts';
import { evaluateCondition } from './evaluate-condition.ts';

const facts = (values: Record<string, unknown>) => (field: string) => values[field];
const holds = (node: StoredCondition, values: Record<string, unknown> = {}) =>
  evaluateCondition(node, facts(values)).value;

describe('a tree', () => {
  test('that is empty is true under all and false under any', () => {
    expect(holds({ all: [] })).toBe(true);
    expect(holds({ any: [] })).toBe(false);
  });

  test('names the leaf that decided', () => {
    const tree: StoredCondition = {
      all: [
        { field: 'ticket.priority', op: 'is', value: 'high' },
        {
          any: [
            { field: 'ticket.channel', op: 'is', value: 'email' },
            { not: { field: 'ticket.channel', op: 'is', value: 'api' } },
          ],
        },
      ],
    };
    const verdict = evaluateCondition(tree, facts({ 'ticket.priority': 'high', 'ticket.channel': 'api' }));
    expect(verdict).toEqual({ value: false, leaf: '/all/1/any/1/not' });
  });

  test('takes a missing value as false for a positive operator and as true for its negation', () => {
    expect(holds({ field: 'ticket.subject', op: 'contains', value: 'x' })).toBe(false);
    expect(holds({ field: 'ticket.subject', op: 'not_contains', value: 'x' })).toBe(true);
    expect(holds({ not: { field: 'ticket.subject', op: 'contains', value: 'x' } })).toBe(true);
    expect(holds({ field: 'organization', op: 'is_empty' })).toBe(true);
    expect(holds({ field: 'ticket.tags', op: 'has_none', value: ['a'] })).toBe(true);
  });
});

describe('text', () => {
  const subject = (op: string, value: unknown, text: string) =>
    holds({ field: 'ticket.subject', op, value }, { 'ticket.subject': text });

  test('is compared without regard to case, width and blanks', () => {
    expect(subject('is', 'refund  please', ' Refund please ')).toBe(true);
    expect(subject('contains', 'ABC', 'ａｂｃ')).toBe(true);
  });

  test('matches a pattern with stars from end to end', () => {
    expect(subject('matches', 'order * late', 'Order 12 is late')).toBe(true);
    expect(subject('matches', 'order * late', 'Order 12 is late today')).toBe(false);
    expect(subject('matches', '*late*', 'Order 12 is late today')).toBe(true);
    expect(subject('matches', 'ab*ba', 'aba')).toBe(false);
    expect(subject('matches', '', '')).toBe(false);
  });

  test('finds whole words only', () => {
    expect(subject('contains_word', 'cat', 'a cat!')).toBe(true);
    expect(subject('contains_word', 'cat', 'concatenate')).toBe(false);
    expect(subject('contains_word', 'être', 'peut-être')).toBe(true);
  });

  test('of many kinds is searched by contains_any', () => {
    expect(subject('contains_any', ['refund', 'invoice'], 'My INVOICE')).toBe(true);
  });
});

test('priorities are ordered', () => {
  const at = (op: string, value: string) =>
    holds({ field: 'ticket.priority', op, value }, { 'ticket.priority': 'high' });
  expect([at('at_least', 'high'), at('at_least', 'urgent'), at('at_most', 'high'), at('at_most', 'normal')]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('sets and custom fields have their operators', () => {
  expect(holds({ field: 'ticket.tags', op: 'has_all', value: ['a', 'b'] }, { 'ticket.tags': ['a', 'b', 'c'] })).toBe(
    true,
  );
  expect(holds({ field: 'ticket.field.amount', op: 'between', value: [5, 10] }, { 'ticket.field.amount': '7.5' })).toBe(
    true,
  );
  expect(
    holds({ field: 'ticket.field.until', op: 'gt', value: '2026-01-01' }, { 'ticket.field.until': '2026-02-01' }),
  ).toBe(true);
});

describe('a save refuses', () => {
  const codes = (tree: StoredCondition) => checkCondition(tree, 'policy').map(({ pointer, code }) => [code, pointer]);

  test('unknown fields, fields of another place, operators and values that do not fit', () => {
    expect(codes({ all: [{ field: 'ticket.mood', op: 'is', value: 'bad' }] })).toEqual([
      ['bad_condition', '/conditions/all/0/field'],
    ]);
    expect(codes({ field: 'ticket.body', op: 'contains', value: 'x' })).toEqual([
      ['bad_condition', '/conditions/field'],
    ]);
    expect(codes({ field: 'ticket.channel', op: 'at_least', value: 'api' })).toEqual([
      ['bad_condition', '/conditions/op'],
    ]);
    expect(codes({ field: 'ticket.priority', op: 'is', value: 'huge' })).toEqual([
      ['bad_condition', '/conditions/value'],
    ]);
    expect(codes({ field: 'ticket.inbox', op: 'is', value: 'team_01kaz2m4f8e5rtt0m0v2g6yh3d' })).toEqual([
      ['bad_condition', '/conditions/value'],
    ]);
    expect(codes({ field: 'ticket.priority', op: 'in', value: 'high' })).toEqual([
      ['bad_condition', '/conditions/value'],
    ]);
    expect(codes({ field: 'ticket.priority', op: 'in', value: ['high'] })).toEqual([]);
  });

  test('trees that are too deep or too large', () => {
    let deep: StoredCondition = { field: 'ticket.subject', op: 'is_set' };
    for (let i = 0; i < 6; i += 1) deep = { not: deep };
    expect(codes(deep)).toHaveLength(1);
    expect(codes({ all: Array.from({ length: 100 }, () => ({ field: 'ticket.subject', op: 'is_set' })) })).toEqual([
      ['bad_condition', '/conditions'],
    ]);
  });
});

test('the fields of a tree are those of its leaves', () => {
  expect(
    fieldsOf({
      all: [{ not: { field: 'contact', op: 'is_set' } }, { any: [{ field: 'organization', op: 'is_set' }] }],
    }),
  ).toEqual(['contact', 'organization']);
});
