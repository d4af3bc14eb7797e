import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asciiDomain, normalizeDomain, parentsOf } from './domain-name.ts';
import { normalizeEmail } from './email-address.ts';
import { apexOf, parseSuffixList, suffixKeys } from './public-suffix.ts';

const rules = parseSuffixList(readFileSync(new URL('./data/public-suffix-list.dat', import.meta.url), 'utf8'));
const byKey = Map.groupBy(rules, ({ suffix }) => suffix);
const apex = (domain: string) =>
  apexOf(
    domain,
    suffixKeys(domain).flatMap((key) => byKey.get(key) ?? []),
  );

test.each([
  ['https://www.Bücher.example:8080/x', 'xn--bcher-kva.example'],
  ['  WWW.Example.COM. ', 'example.com'],
  ['ada@eu.acme.com', 'eu.acme.com'],
  ['mailto:ada@acme.com', 'acme.com'],
  ['acme.com/path?x=1#y', 'acme.com'],
  ['user:secret@acme.com:443', 'acme.com'],
  ['www.com', 'www.com'],
  ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
])('%s names the domain %s', (given, domain) => {
  expect(normalizeDomain(given)).toBe(domain);
});

test.each([
  '',
  'localhost',
  'https://',
  '10.0.0.1',
  '0x7f.1',
  '[::1]',
  'http://[::1]/',
  'a_b.com',
  '-a.com',
  'a..com',
  'a b.com',
  `${'a'.repeat(64)}.com`,
  'a%2e.com',
])('%s names no domain', (given) => {
  expect(normalizeDomain(given)).toBeUndefined();
});

// Cases of the list's own test vectors (publicsuffix.org, CC0), as far as they are domains of two labels and more.
test.each([
  ['example.com', 'example.com'],
  ['b.example.com', 'example.com'],
  ['co.uk', undefined],
  ['eu.acme.co.uk', 'acme.co.uk'],
  ['github.io', undefined],
  ['ada.github.io', 'ada.github.io'],
  ['b.example.example', 'example.example'],
  ['c.kobe.jp', undefined],
  ['b.c.kobe.jp', 'b.c.kobe.jp'],
  ['a.b.c.kobe.jp', 'b.c.kobe.jp'],
  ['city.kobe.jp', 'city.kobe.jp'],
  ['www.city.kobe.jp', 'city.kobe.jp'],
  ['test.ck', undefined],
  ['b.test.ck', 'b.test.ck'],
  ['www.ck', 'www.ck'],
  ['www.www.ck', 'www.ck'],
  ['xn--85x722f.xn--55qx5d.cn', 'xn--85x722f.xn--55qx5d.cn'],
  ['xn--55qx5d.cn', undefined],
])('of %s somebody registered %s', (domain, registered) => {
  expect(apex(domain)).toBe(registered);
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc
  .array(label, { minLength: 2, maxLength: 5 })
  .map((labels) => labels.join('.'))
  .filter((text) => asciiDomain(text) !== undefined);

test('a normal form is its own normal form, whatever stood around the domain', () => {
  const around = fc.constantFrom(
    (text: string) => `https://${text}/a`,
    (text: string) => ` ${text.toUpperCase()}. `,
    (text: string) => `ada@${text}`,
    (text: string) => `//user@${text}:1`.slice(2),
  );
  fc.assert(
    fc.property(host, around, (text, wrap) => {
      const normal = normalizeDomain(text);
      expect(normal).toBeDefined();
      expect(normalizeDomain(normal ?? '')).toBe(normal);
      expect(normalizeDomain(wrap(text))).toBe(normal);
      const address = normalizeEmail(`Ada.Park+x@${wrap(text).includes('/') ? text : text.toUpperCase()}`);
      expect(normalizeEmail(`Ada <${address}>`)).toBe(address);
    }),
  );
});

test('what somebody registered is one label more than a suffix, and the same for all that is below it', () => {
  fc.assert(
    fc.property(host, label, (text, below) => {
      const registered = apex(text);
      if (registered === undefined) return;
      expect(parentsOf(text)).toContain(registered);
      expect(apex(registered)).toBe(registered);
      expect(apex(registered.slice(registered.indexOf('.') + 1))).toBeUndefined();
      expect(apex(`${below}.${registered}`)).toBe(registered);
    }),
  );
});
