import type { DUE_ERRORS, ValueOf } from '#schema/values.ts';
import type { CalendarSet } from './calendar.ts';
import { DAY_MS } from './civil-day.ts';
import { openSpans } from './open-spans.ts';
import type { Spans } from './spans.ts';

/** How far a search looks before it gives up: nearly eleven years. */
export const HORIZON_MS = 4_000 * DAY_MS;

/** A due date is mostly days away, so the search begins short and doubles. */
const FIRST_STEP_MS = 8 * DAY_MS;
const LONGEST_STEP_MS = 512 * DAY_MS;

export type DueError = ValueOf<typeof DUE_ERRORS>;

/** An instant in epoch milliseconds, or why there is none. */
export type Reached = { readonly at: number } | { readonly error: DueError };

/** Asks `visit` about open time from `from` onwards, stretch by stretch, until it answers or the search has to end. */
export function searchOpen(set: CalendarSet, from: number, visit: (open: Spans) => number | undefined): Reached {
  const horizon = from + HORIZON_MS;
  const covered = Math.min(...set.calendars.map((calendar) => calendar.zone.coversUntil));
  const end = Math.min(horizon, covered);
  for (let start = from, step = FIRST_STEP_MS; start < end; step = Math.min(2 * step, LONGEST_STEP_MS)) {
    const stop = Math.min(start + step, end);
    const at = visit(openSpans(set, start, stop));
    if (at !== undefined) return { at };
    start = stop;
  }
  return { error: covered < horizon ? 'zone_data_exhausted' : 'no_open_time' };
}
