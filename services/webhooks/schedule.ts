const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds after attempt 1 … 9 (Standard Webhooks): more than three days in all. */
export const RETRY_SECONDS = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

export const MOST_ATTEMPTS = RETRY_SECONDS.length + 1;

/** Spread, so that what failed together does not come back together. */
const MOST_JITTER = 0.2;

/** The most that a receiver may ask us to wait. */
export const MOST_RETRY_AFTER_SECONDS = 24 * HOUR;

/** Statuses with which `Retry-After` means "come back then". */
const WAITING_STATUSES = [429, 503];

const HTTP_DATE = /^[A-Z][a-z]{2,8},? /;

/**
 * Milliseconds from the end of a failed attempt to the next; `undefined` after the last.
 * @param attempt 1 for the first. @param random uniform in [0, 1). @param retryAfterSeconds a lower bound, or nothing.
 */
export function delayAfter(attempt: number, random: number, retryAfterSeconds: number | null): number | undefined {
  const seconds = RETRY_SECONDS[attempt - 1];
  if (seconds === undefined) return undefined;
  return Math.round(Math.max(seconds * (1 + MOST_JITTER * random), retryAfterSeconds ?? 0) * 1000);
}

/**
 * `Retry-After` (RFC 9110 §10.2.3) in seconds from `now`, capped at a day. `null` where it says nothing usable: another
 * status, a negative number, a date gone by, anything malformed.
 */
export function readRetryAfter(status: number, header: string | null, now: number): number | null {
  if (header === null || !WAITING_STATUSES.includes(status)) return null;
  const text = header.trim();
  const seconds = /^\d+$/.test(text)
    ? Number(text)
    : HTTP_DATE.test(text)
      ? Math.ceil((Date.parse(text) - now) / 1000)
      : Number.NaN;
  return seconds > 0 ? Math.min(seconds, MOST_RETRY_AFTER_SECONDS) : null;
}
