import fc from 'fast-check';
import {
  type CalendarWindow,
  type HolidayEntry,
  type SnapshotContent,
  WEEKDAYS,
  type WeeklyWindows,
  type ZoneData,
} from '#schema/business-calendar.ts';

const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1_440;

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Most clocks change between 23:00 and 04:00, so half of the times lie there. */
const minute = fc.oneof(
  fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15),
  fc.integer({ min: 0, max: 240 }),
);

/** At least an hour, so that every due date lies within the horizon. */
const SHORTEST_MINUTES = 60;

export const calendarWindow: fc.Arbitrary<CalendarWindow> = fc
  .tuple(minute, fc.oneof(minute, fc.constant(MINUTES_A_DAY)))
  .filter(([start, end]) => end >= start + SHORTEST_MINUTES || end < start)
  .map(([start, end]) => ({ start: clock(start), end: clock(end) }));

const windows = (min: number, max: number) => fc.array(calendarWindow, { minLength: min, maxLength: max });

const week: fc.Arbitrary<WeeklyWindows> = fc
  .tuple(windows(1, 2), fc.array(windows(0, 2), { minLength: 1, maxLength: 3 }), fc.nat(6))
  .map(([first, others, turn]) => {
    const days = [first, ...others];
    const entries = WEEKDAYS.map((weekday, i) => [weekday, days[(i + turn) % days.length] ?? []]);
    return Object.fromEntries(entries) as WeeklyWindows;
  });

const dateNear = (instant: number) =>
  fc.integer({ min: -2, max: 2 }).map((days) => new Date(instant + days * DAY_MS).toISOString().slice(0, 10));

const entryNear = (instant: number): fc.Arbitrary<HolidayEntry> =>
  fc.record({
    id: fc.uuid(),
    label: fc.constant('closed'),
    closed: fc.oneof(fc.constant('all' as const), windows(1, 2)),
    on: dateNear(instant).map((date) => ({ date })),
    observed: fc.constantFrom('none', 'monday', 'nearest'),
  });

/** A calendar of a zone with closures and overrides within two days of an instant; all times are whole minutes. */
export const contentNear = (zone: ZoneData, instant: number): fc.Arbitrary<SnapshotContent> =>
  fc.record({
    weekly: week,
    overrides: fc.uniqueArray(fc.record({ date: dateNear(instant), windows: windows(0, 2) }), {
      maxLength: 2,
      selector: ({ date }) => date,
    }),
    entries: fc.array(entryNear(instant), { maxLength: 2 }),
    zone: fc.constant(zone),
  });

/** An instant within two days of another, to the millisecond. */
export const instantNear = (instant: number): fc.Arbitrary<number> =>
  fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }).map((ms) => instant + ms);

/** Up to two days of business time, in milliseconds; half of them whole quarters of an hour, so that ends meet. */
export const duration: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 2 * DAY_MS }),
  fc.integer({ min: 0, max: 192 }).map((quarter) => quarter * 900_000),
);
