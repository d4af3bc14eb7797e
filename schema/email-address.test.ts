import { expect, test } from 'vitest';
import { normalizeEmail } from './email-address.ts';

test.each([
  ['Ada <Ada.B+tag@Example.COM>', 'ada.b+tag@example.com'],
  ['mailto:o.hara@mail.example.', 'o.hara@mail.example'],
  ["d'arcy@example.com", "d'arcy@example.com"],
  ['ünï@bücher.example', 'ünï@xn--bcher-kva.example'],
])('%s is compared as %s', (given, stored) => {
  expect(normalizeEmail(given)).toBe(stored);
});

test.each([
  'a..b@example.com',
  '.a@example.com',
  'a.@example.com',
  '"a b"@example.com',
  'a@localhost',
  'a@127.0.0.1',
  'a@-x.com',
  'a@x_y.com',
  '@example.com',
  'a@',
  'a b@example.com',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}.com`,
])('%s is no address', (given) => {
  expect(normalizeEmail(given)).toBeUndefined();
});
