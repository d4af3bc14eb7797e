import { expect, test } from 'vitest';
import { MOST_RETRIES, retryDelayMs } from './retry-delay.ts';

test('the delay doubles from five seconds, spread by a fifth to either side', () => {
  expect([1, 2, 3].map((failed) => retryDelayMs(failed, 0.5))).toEqual([5_000, 10_000, 20_000]);
  expect(retryDelayMs(1, 0)).toBe(4_000);
  expect(retryDelayMs(1, 0.999)).toBeLessThanOrEqual(6_000);
});

test('it never exceeds six hours, and all retries together take about 23 hours', () => {
  expect(retryDelayMs(40, 0.999)).toBe(21_600_000);
  const all = Array.from({ length: MOST_RETRIES }, (_, i) => retryDelayMs(i + 1, 0.5));
  const hours = all.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(22);
  expect(hours).toBeLessThan(24);
});
