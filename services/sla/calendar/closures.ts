import type { HolidayEntry } from '#schema/business-calendar.ts';
import { type CivilDay, DAY_MS, yearOf } from './civil-day.ts';
import { entryDays } from './entry-days.ts';
import type { Spans } from './spans.ts';
import { windowSpans } from './window-span.ts';

/** Hours that an entry closes, counted from midnight of the date it falls on; they may end on the next day. */
export interface Closure {
  readonly spans: Spans;
  readonly label: string;
}

/** The closures of a calendar by date; the rules of a year are expanded when the year is first asked for. */
export interface ClosureBook {
  readonly entries: readonly { readonly entry: HolidayEntry; readonly closure: Closure }[];
  readonly days: Map<CivilDay, Closure[]>;
  /** Years whose every day is known. */
  readonly years: Set<number>;
  /** Years whose nominal dates are in `days`. */
  readonly nominalYears: Set<number>;
}

const WHOLE_DAY: Spans = [0, DAY_MS];
const NONE: readonly Closure[] = [];

export const closureBookOf = (entries: readonly HolidayEntry[]): ClosureBook => ({
  entries: entries.map((entry) => ({
    entry,
    closure: { spans: entry.closed === 'all' ? WHOLE_DAY : windowSpans(entry.closed), label: entry.label },
  })),
  days: new Map(),
  years: new Set(),
  nominalYears: new Set(),
});

/** The closures whose date is `day`; a tail over midnight belongs to the date where it began. */
export function closuresOn(book: ClosureBook, day: CivilDay): readonly Closure[] {
  if (book.entries.length === 0) return NONE;
  const year = yearOf(day);
  if (!book.years.has(year)) expandAround(book, year);
  return book.days.get(day) ?? NONE;
}

/** An observed or Easter-relative day may lie in the year beside its nominal one. */
function expandAround(book: ClosureBook, year: number): void {
  for (const nominal of [year - 1, year, year + 1]) if (!book.nominalYears.has(nominal)) expandYear(book, nominal);
  book.years.add(year);
}

function expandYear({ entries, days, nominalYears }: ClosureBook, year: number): void {
  nominalYears.add(year);
  for (const { entry, closure } of entries)
    for (const day of entryDays(entry, year)) {
      const found = days.get(day);
      if (found === undefined) days.set(day, [closure]);
      else found.push(closure);
    }
}
