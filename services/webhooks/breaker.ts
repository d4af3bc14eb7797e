/** Failures in a row that open the breaker. */
export const FAILURES_TO_OPEN = 5;

/** How long it stays open: doubling from the first with each step, at most the second, and up to 20 % more. */
export const OPEN_SECONDS = { first: 30, most: 15 * 60 } as const;
export const OPEN_JITTER = 0.2;

/** A receiver that says `Retry-After` rests as long as it asks, at most this. */
export const LONGEST_ASKED_SECONDS = 60 * 60;

/** An endpoint goes to the slow lane after so many slow answers in a row, and back after so many quick successes. */
export const SLOW = { aboveMs: 5000, inARow: 3 } as const;
export const QUICK = { belowMs: 2000, inARow: 5 } as const;

/** Without a success for so long, and after so many attempts, an endpoint is disabled. */
export const DISABLE_AFTER = { hours: 120, attempts: 10 } as const;

/** Hours of failing at which the desk is told, before the endpoint is disabled. */
export const NOTICE_HOURS: readonly number[] = [24, 72];
