import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delayAfter, MOST_ATTEMPTS, readRetryAfter } from './schedule.ts';

const HOUR = 3600;

test('ten failures span at least 75 h 35 min 5 s, whatever the random values, and at most a fifth more', () => {
  const least = (75 * HOUR + 35 * 60 + 5) * 1000;
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 9, maxLength: 9 }),
      (random) => {
        const delays = random.map((u, i) => delayAfter(i + 1, u, null) ?? Number.NaN);
        const whole = delays.reduce((sum, delay) => sum + delay, 0);
        expect(whole).toBeGreaterThanOrEqual(least);
        expect(whole).toBeLessThanOrEqual(least * 1.2);
      },
    ),
  );
});

test('the tenth failure is the last', () => {
  expect(MOST_ATTEMPTS).toBe(10);
  expect(delayAfter(9, 0, null)).toBe(24 * HOUR * 1000);
  expect(delayAfter(10, 0, null)).toBeUndefined();
});

test('Retry-After is a lower bound: it lengthens the first wait, not the last', () => {
  expect(delayAfter(1, 0, 120)).toBe(120_000);
  expect(delayAfter(9, 0, 120)).toBe(24 * HOUR * 1000);
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-25T12:00:00.000Z');

  test.each([
    ['120', 120],
    [' 7 ', 7],
    ['999999999999', 24 * HOUR],
    ['Wed, 25 Nov 2026 12:01:30 GMT', 90],
    ['Wednesday, 25-Nov-26 12:01:30 GMT', 90],
    ['Wed, 25 Nov 2036 12:00:00 GMT', 24 * HOUR],
  ])('"%s" asks for %s s', (header, seconds) => {
    expect(readRetryAfter(503, header, now)).toBe(seconds);
    expect(readRetryAfter(429, header, now)).toBe(seconds);
  });

  test.each(['-5', '0', '1.5', '', 'soon', '12 h', 'Wed, 25 Nov 2026 11:00:00 GMT', 'Wed, 99 Nov 2026 11:00:00 GMT'])(
    '"%s" says nothing usable',
    (header) => {
      expect(readRetryAfter(503, header, now)).toBeNull();
    },
  );

  test('with another status it is not a promise to us', () => {
    expect(readRetryAfter(500, '120', now)).toBeNull();
    expect(readRetryAfter(503, null, now)).toBeNull();
  });
});
