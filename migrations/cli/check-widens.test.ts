import { expect, test } from 'vitest';
import { checkWidens } from './check-widens.ts';
import { parseExpression } from './statements.ts';

const widens = (before: string, after: string) => checkWidens(parseExpression(before), parseExpression(after));

test.each([
  ["t.kind in ('a', 'b')", "kind in ('b', 'c', 'a')"],
  ["kind in ('a')", "kind = any (array['a'::text, 'b'::text])"],
  ["kind = 'a'", "kind in ('a', 'b')"],
  ["kinds <@ array['a']::text[]", "kinds <@ array['a', 'b']::text[]"],
  ['char_length(name) <= 10', 'char_length(name) <= 11'],
  ['char_length(name) between 1 and 10', 'char_length(name) between 0 and 20'],
  ['n between 1 and 10', 'n >= 0'],
  ["kind in ('a') and n >= 1", "kind in ('a', 'b') and n >= 0"],
  ["kind in ('a') and n >= 1", 'n >= 1'],
  ["kind in ('a')", "kind in ('a') or n is null"],
  ["kind in ('a') or n >= 1", "n >= 0 or kind in ('a', 'b')"],
  ["(kind = 'a') = (x is null)", "(t.kind = 'a') = (t.x is null)"],
])('%s widens to %s', (before, after) => {
  expect(widens(before, after)).toBe(true);
});

test.each([
  ["kind in ('a', 'b')", "kind in ('a')"],
  ["kind in ('a', 'b')", "kind in ('a', 'c', 'd')"],
  ["kind in ('a')", "sort in ('a', 'b')"],
  ["kinds <@ array['a']::text[]", "kind in ('a', 'b')"],
  ["kind not in ('a')", "kind not in ('a', 'b')"],
  ["not (kind in ('a'))", "not (kind in ('a', 'b'))"],
  ["(kind in ('a')) = (x is null)", "(kind in ('a', 'b')) = (x is null)"],
  ['n <= 10', 'n <= 9'],
  ['n <= 10', 'm <= 11'],
  ['n between 1 and 10', 'n between 2 and 20'],
  ["kind in ('a')", "kind in ('a') and n >= 1"],
  ["kind in ('a') or n >= 1", "kind in ('a')"],
  ["name ~ '^a'", "name ~ '^[ab]'"],
])('%s does not widen to %s, as far as form can tell', (before, after) => {
  expect(widens(before, after)).toBe(false);
});
