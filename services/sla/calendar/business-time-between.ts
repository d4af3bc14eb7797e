import type { CalendarSet } from './calendar.ts';
import { openSpans } from './open-spans.ts';
import { requireRange } from './require-instant.ts';
import { spansLength } from './spans.ts';

/**
 * Open milliseconds in `[from, to)`. Beyond the zone data the last known offset goes on, so that a clock can always be
 * banked. @throws RangeError when `from > to`.
 */
export function businessTimeBetween(set: CalendarSet, from: number, to: number): number {
  requireRange(from, to);
  return spansLength(openSpans(set, from, to));
}
