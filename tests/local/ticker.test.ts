import { afterEach, expect, it, vi } from 'vitest';
import { startTicker } from '#local/ticker.ts';

afterEach(() => vi.useRealTimers());

it('fires every due cron at once and at each turn of the minute, until it is stopped', async () => {
  vi.useFakeTimers({ now: new Date('2026-11-25T10:16:20.500Z') });
  const fired: string[] = [];
  const ticker = startTicker({
    crons: ['* * * * *', '17 * * * *'],
    fire: async (cron, at) => fired.push(`${at.toISOString().slice(11, 19)} ${cron}`),
    onError: (error) => expect.unreachable(String(error)),
  });
  expect(fired).toEqual(['10:16:00 * * * * *']);
  await vi.advanceTimersByTimeAsync(39_499);
  expect(fired).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(fired.slice(1)).toEqual(['10:17:00 * * * * *', '10:17:00 17 * * * *']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fired.slice(3)).toEqual(['10:18:00 * * * * *']);
  ticker.stop();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(fired).toHaveLength(4);
});

it('goes on ticking after a run that failed', async () => {
  vi.useFakeTimers({ now: new Date('2026-11-25T10:16:00Z') });
  const errors: string[] = [];
  const ticker = startTicker({
    crons: ['* * * * *'],
    fire: () => Promise.reject(new Error('the Worker is away')),
    onError: (error, cron) => errors.push(`${cron} ${String(error)}`),
  });
  await vi.advanceTimersByTimeAsync(60_000);
  ticker.stop();
  expect(errors).toEqual(Array.from({ length: 2 }, () => '* * * * * Error: the Worker is away'));
});
