import type { HolidayDates, HolidayEntry } from '#schema/business-calendar.ts';
import type { FieldError } from '#schema/errors.ts';
import { checkBytes } from './check-bytes.ts';
import { badField, checkWindows } from './check-weekly.ts';
import { daysInMonth, MAX_YEAR, MIN_YEAR, parseDate } from './civil-day.ts';

export const MAX_ENTRIES = 1_000;
const MAX_BYTES = 128 * 1024;
const MAX_CLOSED_WINDOWS = 4;
/** Half a year: farther from Easter a holiday would belong to another Easter. */
const MAX_EASTER_OFFSET_DAYS = 180;
const LEAP_YEAR = 2000;

/** `bad_date`, `bad_window`, `duplicate_id` per field, and `too_many_entries` for the set. */
export function checkEntries(entries: readonly HolidayEntry[], pointer = '/entries'): FieldError[] {
  if (entries.length > MAX_ENTRIES) return [badField(pointer, 'too_many_entries', `at most ${MAX_ENTRIES} entries`)];
  const seen = new Set<string>();
  const errors = entries.flatMap((entry, index) => {
    const at = `${pointer}/${index}`;
    const found = [...checkClosed(entry.closed, `${at}/closed`), ...checkDates(entry.on, `${at}/on`)];
    if (seen.has(entry.id)) found.push(badField(`${at}/id`, 'duplicate_id', 'another entry of the set has this id'));
    seen.add(entry.id);
    return found;
  });
  return [...errors, ...checkBytes(entries, MAX_BYTES, pointer, 'too_many_entries')];
}

function checkClosed(closed: HolidayEntry['closed'], pointer: string): FieldError[] {
  if (closed === 'all') return [];
  if (closed.length === 0) return [badField(pointer, 'bad_window', 'expected "all" or at least one window')];
  return checkWindows(closed, pointer, MAX_CLOSED_WINDOWS);
}

function checkDates(on: HolidayDates, pointer: string): FieldError[] {
  if ('date' in on) return checkRange(on.date, on.until, pointer);
  const errors = checkYears(on.from, on.to, pointer);
  if ('yearly' in on) {
    const { month, day } = on.yearly;
    if (!isMonth(month) || day < 1 || day > daysInMonth(LEAP_YEAR, month))
      errors.push(badDate(`${pointer}/yearly`, 'the month does not have this day'));
  } else if ('nth' in on) {
    if (!isMonth(on.nth.month)) errors.push(badDate(`${pointer}/nth/month`, 'expected a month 1–12'));
  } else if (Math.abs(on.easter.offsetDays) > MAX_EASTER_OFFSET_DAYS) {
    errors.push(badDate(`${pointer}/easter/offsetDays`, `at most ${MAX_EASTER_OFFSET_DAYS} days from Easter`));
  }
  return errors;
}

function checkRange(date: string, until: string | undefined, pointer: string): FieldError[] {
  const first = parseDate(date);
  if (first === undefined) return [badDate(`${pointer}/date`, 'expected a date YYYY-MM-DD')];
  const last = until === undefined ? first : parseDate(until);
  return last === undefined || last < first
    ? [badDate(`${pointer}/until`, 'expected a date that is not before `date`')]
    : [];
}

function checkYears(from: number | undefined, to: number | undefined, pointer: string): FieldError[] {
  const errors: FieldError[] = [];
  if (from !== undefined && !isYear(from)) errors.push(badDate(`${pointer}/from`, 'expected a year of four digits'));
  if (to !== undefined && (!isYear(to) || to < (from ?? to)))
    errors.push(badDate(`${pointer}/to`, 'expected a year of four digits that is not before `from`'));
  return errors;
}

const isMonth = (month: number): boolean => month >= 1 && month <= 12;
const isYear = (year: number): boolean => year >= MIN_YEAR && year <= MAX_YEAR;
const badDate = (pointer: string, detail: string): FieldError => badField(pointer, 'bad_date', detail);
