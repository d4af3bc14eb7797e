import type { Wake } from '#services/kernel/wake.ts';

/** How far a tick plans: past the next one, which may come late. A commit with a nearer deadline plans that itself. */
export const WAKE_AHEAD_MS = 75_000;

/** A sweep just after this second of the epoch; timers fire strictly after their instant. `now` in milliseconds. */
export const slaWake = (second: number, now: number): Wake => ({
  queue: 'events',
  message: { kind: 'sla_wake', id: String(second) },
  delaySeconds: Math.max(1, Math.ceil(second + 1 - now / 1000)),
});
