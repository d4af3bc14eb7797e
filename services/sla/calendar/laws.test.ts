import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type CalendarWindow,
  type SnapshotContent,
  WEEKDAYS,
  type WeeklyWindows,
  type ZoneData,
} from '#schema/business-calendar.ts';
import { contentNear, duration, instantNear } from '#tests/support/calendar-arbitraries.ts';
import { referenceOpen } from '#tests/support/calendar-reference.ts';
import { allZones, changesOf, distinctZones, zoneNamed } from '#tests/support/time-zones.ts';
import { addBusinessTime } from './add-business-time.ts';
import { businessTimeBetween } from './business-time-between.ts';
import { type CalendarSet, type Combine, calendarOf } from './calendar.ts';
import { nextOpen } from './next-open.ts';
import { openIntervals } from './open-intervals.ts';

const DAY_MS = 86_400_000;
const SUITE_MS = 120_000;
const ROUND_THE_CLOCK = everyDay([{ start: '00:00', end: '24:00' }]);

/** Runs a law once at every change 2005–2040 of every set of zone rules; the counterexample names zone and change. */
function law<T>(
  name: string,
  sample: (zone: ZoneData, change: number) => fc.Arbitrary<T>,
  holds: (drawn: T) => void,
): void {
  test(
    name,
    () => {
      for (const zone of distinctZones)
        for (const change of changesOf(zone)) fc.assert(fc.property(sample(zone, change), holds), { numRuns: 1 });
    },
    SUITE_MS,
  );
}

const started = (zone: ZoneData, change: number) =>
  fc.tuple(contentNear(zone, change), instantNear(change), duration, duration);

law('between(a, add(a, x)) is x, and no due date lies before its start', started, ([content, a, x]) => {
  const set = setOf([content]);
  const due = dueAt(set, a, x);
  expect(due).toBeGreaterThanOrEqual(a);
  expect(businessTimeBetween(set, a, due)).toBe(x);
});

law('add(a, x) is the smallest such instant', started, ([content, a, x]) => {
  const set = setOf([content]);
  const due = dueAt(set, a, x);
  if (x === 0) expect(due).toBe(a);
  else expect(businessTimeBetween(set, a, due - 1)).toBe(x - 1);
});

law('add(a, x + y) is add(add(a, x), y)', started, ([content, a, x, y]) => {
  const set = setOf([content]);
  expect(dueAt(set, a, x + y)).toBe(dueAt(set, dueAt(set, a, x), y));
});

law(
  'between(a, c) is between(a, b) + between(b, c), and each lies between 0 and the time that passes',
  (zone, change) => fc.tuple(contentNear(zone, change), fc.array(instantNear(change), { minLength: 3, maxLength: 3 })),
  ([content, instants]) => {
    const set = setOf([content]);
    const [a, b, c] = instants.sort((first, second) => first - second) as [number, number, number];
    const [first, second] = [businessTimeBetween(set, a, b), businessTimeBetween(set, b, c)];
    expect(businessTimeBetween(set, a, c)).toBe(first + second);
    expect(first >= 0 && first <= b - a && second >= 0 && second <= c - b).toBe(true);
  },
);

law(
  'a later start or a longer duration never gives an earlier due date',
  (zone, change) => fc.tuple(contentNear(zone, change), instantNear(change), fc.nat(2 * DAY_MS), duration, duration),
  ([content, a, later, x, y]) => {
    const set = setOf([content]);
    expect(dueAt(set, a + later, x)).toBeGreaterThanOrEqual(dueAt(set, a, x));
    expect(dueAt(set, a, x + y)).toBeGreaterThanOrEqual(dueAt(set, a, x));
  },
);

const pair = (zone: ZoneData, change: number) =>
  fc.tuple(
    contentNear(zone, change),
    fc
      .constantFrom(zone, zoneNamed('America/New_York'), zoneNamed('Asia/Kathmandu'))
      .chain((other) => contentNear(other, change)),
    instantNear(change),
    instantNear(change),
  );

law('any + all is the first + the second calendar, and each instant agrees', pair, ([first, second, t, u]) => {
  const [from, to] = [Math.min(t, u), Math.max(t, u)];
  const sum = (contents: SnapshotContent[], combine: Combine) =>
    businessTimeBetween(setOf(contents, combine), from, to);
  expect(sum([first, second], 'any') + sum([first, second], 'all')).toBe(sum([first], 'any') + sum([second], 'any'));
  const [inFirst, inSecond] = [isOpen(first, t), isOpen(second, t)];
  expect(openIntervals(setOf([first, second], 'any'), t, t + 1)).toHaveLength(Number(inFirst || inSecond));
  expect(openIntervals(setOf([first, second], 'all'), t, t + 1)).toHaveLength(Number(inFirst && inSecond));
});

law(
  'splitting, permuting and doubling windows changes nothing',
  (zone, change) => fc.tuple(contentNear(zone, change), instantNear(change)),
  ([content, from]) => {
    const rewritten = { ...content, weekly: mapWeek(content.weekly, (windows) => windows.flatMap(split).reverse()) };
    const doubled = { ...content, weekly: mapWeek(content.weekly, (windows) => [...windows, ...windows]) };
    const expected = openIntervals(setOf([content]), from, from + 4 * DAY_MS);
    expect(openIntervals(setOf([rewritten]), from, from + 4 * DAY_MS)).toEqual(expected);
    expect(openIntervals(setOf([doubled]), from, from + 4 * DAY_MS)).toEqual(expected);
  },
);

law(
  'until nextOpen(t) no time counts, and there it is open',
  (zone, change) => fc.tuple(contentNear(zone, change), instantNear(change)),
  ([content, t]) => {
    const set = setOf([content]);
    const next = nextOpen(set, t);
    if (!('at' in next)) expect.fail(next.error);
    expect(businessTimeBetween(set, t, next.at)).toBe(0);
    expect(isOpen(content, next.at)).toBe(true);
  },
);

test(
  'seven days of 00:00–24:00 are round the clock in every zone',
  () => {
    for (const zone of allZones) {
      const set = setOf([{ weekly: ROUND_THE_CLOCK, overrides: [], entries: [], zone }]);
      for (const change of changesOf(zone)) {
        const [from, to] = [change - 2 * DAY_MS - 1, change + 2 * DAY_MS + 1];
        if (businessTimeBetween(set, from, to) !== to - from) expect.fail(zone.name);
        if (dueAt(set, from, to - from) !== to) expect.fail(zone.name);
      }
    }
  },
  SUITE_MS,
);

function everyDay(windows: CalendarWindow[]): WeeklyWindows {
  return { mon: windows, tue: windows, wed: windows, thu: windows, fri: windows, sat: windows, sun: windows };
}

function setOf(contents: readonly SnapshotContent[], combine: Combine = 'any'): CalendarSet {
  return { calendars: contents.map(calendarOf), combine };
}

function dueAt(set: CalendarSet, from: number, ms: number): number {
  const due = addBusinessTime(set, from, ms);
  if (!('at' in due)) throw new Error(due.error);
  return due.at;
}

const isOpen = (content: SnapshotContent, instant: number): boolean =>
  referenceOpen(content, instant, instant)(instant);

function mapWeek(weekly: WeeklyWindows, change: (windows: CalendarWindow[]) => CalendarWindow[]): WeeklyWindows {
  return Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, change(weekly[weekday])])) as WeeklyWindows;
}

/** Cuts a window within one day at a second between its ends; a night shift and a window too short to cut stay whole. */
function split({ start, end }: CalendarWindow): CalendarWindow[] {
  const middle = `${start}:30`;
  return end > `${start}:59`
    ? [
        { start, end: middle },
        { start: middle, end },
      ]
    : [{ start, end }];
}
