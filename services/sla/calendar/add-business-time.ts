import type { CalendarSet } from './calendar.ts';
import { requireInstant } from './require-instant.ts';
import { type Reached, searchOpen } from './search-open.ts';

/**
 * The smallest instant t ≥ `from` with `ms` open milliseconds in `[from, t)`; 0 gives `from`. `no_open_time` when 4,000
 * days do not suffice, `zone_data_exhausted` when zone data end first. @throws RangeError for a negative or broken `ms`.
 */
export function addBusinessTime(set: CalendarSet, from: number, ms: number): Reached {
  requireInstant(from);
  requireInstant(ms);
  if (ms < 0) throw new RangeError(`business time cannot be negative: ${ms}`);
  if (ms === 0) return { at: from };
  let left = ms;
  return searchOpen(set, from, (open) => {
    for (let i = 0; i < open.length; i += 2) {
      const start = open[i] as number;
      const length = (open[i + 1] as number) - start;
      if (length >= left) return start + left;
      left -= length;
    }
    return undefined;
  });
}
