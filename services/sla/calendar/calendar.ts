import { type SnapshotContent, WEEKDAYS } from '#schema/business-calendar.ts';
import type { COMBINES, ValueOf } from '#schema/values.ts';
import { type CivilDay, DAY_MS, parseDate, weekdayIndex } from './civil-day.ts';
import { type Closure, type ClosureBook, closureBookOf, closuresOn } from './closures.ts';
import { NO_SPANS, type Spans, sliceSpans, subtract, union } from './spans.ts';
import { windowSpans } from './window-span.ts';
import { type Zone, zoneOf } from './zone.ts';

/** A snapshot ready for arithmetic. Spans are milliseconds of the wall clock. */
export interface Calendar {
  readonly zone: Zone;
  /** By weekday, Monday first: the ordinary open hours of the day, tails of the day before included. */
  readonly week: readonly Spans[];
  readonly overrides: ReadonlyMap<CivilDay, Override>;
  readonly closures: ClosureBook;
}

export interface Override {
  /** From midnight of its date; may end on the next day. */
  readonly spans: Spans;
  readonly label: string | undefined;
}

export type Combine = ValueOf<typeof COMBINES>;

/** Calendars that count together: `any` = open when one is, `all` = open when every one is; none at all = always open. */
export interface CalendarSet {
  readonly calendars: readonly Calendar[];
  readonly combine: Combine;
}

export const ALWAYS_OPEN: CalendarSet = { calendars: [], combine: 'any' };

/** @throws RangeError when the content holds a time or date that the checks would have refused. */
export function calendarOf(content: SnapshotContent): Calendar {
  const perDay = WEEKDAYS.map((weekday) => windowSpans(content.weekly[weekday]));
  return {
    zone: zoneOf(content.zone),
    week: perDay.map((own, i) => dayOf(own, perDay[(i + 6) % 7] as Spans)),
    overrides: new Map(
      content.overrides.map(({ date, windows, label }) => [
        parseDate(date) as CivilDay,
        { spans: windowSpans(windows), label },
      ]),
    ),
    closures: closureBookOf(content.entries),
  };
}

/**
 * Open hours of a date as its wall clock shows them, within `[0, 24 h)` of its midnight. `inst` never decreases, so set
 * operations on wall times and on instants give the same result, and a day's pattern is computed before any zone matters.
 */
export function openOn(calendar: Calendar, day: CivilDay): Spans {
  return union(weeklyOpenOn(calendar, day), overrideOpenOn(calendar, day));
}

/** What the week opens on a date and no closure or override takes away. */
export const weeklyOpenOn = (calendar: Calendar, day: CivilDay): Spans =>
  calendar.overrides.has(day) ? NO_SPANS : subtract(plannedOn(calendar, day), closedOn(calendar, day));

/** What the week alone would open on a date. */
export const plannedOn = (calendar: Calendar, day: CivilDay): Spans => calendar.week[weekdayIndex(day)] as Spans;

export function overrideOpenOn({ overrides }: Calendar, day: CivilDay): Spans {
  if (overrides.size === 0) return NO_SPANS;
  return dayOf(overrides.get(day)?.spans ?? NO_SPANS, overrides.get(day - 1)?.spans ?? NO_SPANS);
}

function closedOn({ closures }: Calendar, day: CivilDay): Spans {
  const own = closuresOn(closures, day);
  const before = closuresOn(closures, day - 1);
  return own.length === 0 && before.length === 0 ? NO_SPANS : dayOf(unionOf(own), unionOf(before));
}

const unionOf = (closures: readonly Closure[]): Spans =>
  closures.reduce<Spans>((all, { spans }) => union(all, spans), NO_SPANS);

/** The part of a date's own spans before midnight, with the tail that the day before sends over its midnight. */
export const dayOf = (own: Spans, dayBefore: Spans): Spans =>
  union(sliceSpans(own, 0, DAY_MS), sliceSpans(dayBefore, DAY_MS, 2 * DAY_MS));
