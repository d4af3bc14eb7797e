import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Lock not available, deadlock, serialisation failure. */
const PASSING = new Set(['55P03', '40P01', '40001']);
const TRIES = 50;
const SHORTEST_MS = 250;
const LONGEST_MS = 5_000;

/** Whether the same again may succeed. */
export const isPassing = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && PASSING.has(error.code ?? '');

/** Runs `work` until it passes, at most 50 times; full jitter, so that the writers between two tries get through. */
export async function withRetries<T>(work: () => Promise<T>, onRetry: (code: string) => void): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || attempt === TRIES) throw error;
      onRetry(error.code ?? '');
      const ceiling = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(attempt, 10));
      await sleep(SHORTEST_MS + Math.random() * (ceiling - SHORTEST_MS));
    }
  }
}
