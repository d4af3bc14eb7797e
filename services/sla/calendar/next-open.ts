import type { CalendarSet } from './calendar.ts';
import { requireInstant } from './require-instant.ts';
import { type Reached, searchOpen } from './search-open.ts';

/** `instant` when it is open then, else the next opening; the errors are those of `addBusinessTime`. */
export function nextOpen(set: CalendarSet, instant: number): Reached {
  requireInstant(instant);
  return searchOpen(set, instant, (open) => open[0]);
}
