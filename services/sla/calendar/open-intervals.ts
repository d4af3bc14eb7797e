import type { CalendarSet } from './calendar.ts';
import { openSpans } from './open-spans.ts';
import { requireRange } from './require-instant.ts';

/** Half-open, in epoch milliseconds. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Open intervals within `[from, to)`, in order, none touching the next. @throws RangeError when `from > to`. */
export function openIntervals(set: CalendarSet, from: number, to: number): Interval[] {
  requireRange(from, to);
  const spans = openSpans(set, from, to);
  return Array.from({ length: spans.length / 2 }, (_, i) => ({
    from: spans[2 * i] as number,
    to: spans[2 * i + 1] as number,
  }));
}
