import type { CalendarOverride } from '#schema/business-calendar.ts';
import type { FieldError } from '#schema/errors.ts';
import { checkBytes } from './check-bytes.ts';
import { badField, checkWindows, MAX_WINDOWS_A_DAY } from './check-weekly.ts';
import { parseDate } from './civil-day.ts';

export const MAX_OVERRIDES = 500;
const MAX_BYTES = 64 * 1024;

/** `bad_date` for a date that does not exist or comes twice, `bad_window`, and `too_many`. */
export function checkOverrides(overrides: readonly CalendarOverride[], pointer = '/overrides'): FieldError[] {
  if (overrides.length > MAX_OVERRIDES) return [badField(pointer, 'too_many', `at most ${MAX_OVERRIDES} overrides`)];
  const seen = new Set<string>();
  const errors = overrides.flatMap(({ date, windows }, index) => {
    const at = `${pointer}/${index}`;
    const found = checkWindows(windows, `${at}/windows`, MAX_WINDOWS_A_DAY);
    if (parseDate(date) === undefined) found.push(badField(`${at}/date`, 'bad_date', 'expected a date YYYY-MM-DD'));
    if (seen.has(date)) found.push(badField(`${at}/date`, 'bad_date', 'this date has an override already'));
    seen.add(date);
    return found;
  });
  return [...errors, ...checkBytes(overrides, MAX_BYTES, pointer, 'too_many')];
}
