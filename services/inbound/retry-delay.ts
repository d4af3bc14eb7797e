const FIRST_MS = 5_000;
const LONGEST_MS = 6 * 60 * 60 * 1000;
const SPREAD = 0.2;

/** Retries after the first attempt; with the delays below they end after about 23 hours. */
export const MOST_RETRIES = 15;

/**
 * Milliseconds until the next attempt: 5 s · 2ⁿ ± 20 %, at most 6 h.
 * @param failed attempts made so far, from 1. @param fraction random, 0 to below 1.
 */
export function retryDelayMs(failed: number, fraction: number): number {
  const plain = Math.min(FIRST_MS * 2 ** (failed - 1), LONGEST_MS);
  return Math.min(Math.round(plain * (1 - SPREAD + 2 * SPREAD * fraction)), LONGEST_MS);
}
