import { describe, expect, test } from 'vitest';
import type { HolidayEntry } from '#schema/business-calendar.ts';
import { closedWeek, contentIn, daily, holiday, setIn, windowsOf, workdays } from '#tests/support/calendars.ts';
import { zoneNamed } from '#tests/support/time-zones.ts';
import { addBusinessTime } from './add-business-time.ts';
import { businessTimeBetween } from './business-time-between.ts';
import { ALWAYS_OPEN, type CalendarSet, calendarOf } from './calendar.ts';
import { nextOpen } from './next-open.ts';
import { openIntervals } from './open-intervals.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const at = (text: string): number => Date.parse(text);
const due = (set: CalendarSet, from: string, ms: number) => addBusinessTime(set, at(from), ms);
const open = (set: CalendarSet, from: string, to: string) =>
  openIntervals(set, at(from), at(to)).map((interval) =>
    [interval.from, interval.to].map((ms) => new Date(ms).toISOString()),
  );

describe('days on which a zone changes its clock', () => {
  test.each([
    ['America/New_York', '01:00-05:00', '2026-03-08T01:00-05:00', 240, '2026-03-09T02:00-04:00'],
    ['America/New_York', '00:00-24:00', '2026-11-01T01:00-04:00', 120, '2026-11-01T02:00-05:00'],
    ['America/New_York', '01:00-05:00', '2026-11-01T01:00-04:00', 120, '2026-11-01T02:00-05:00'],
    ['America/Santiago', '09:00-17:00', '2026-09-05T15:00-04:00', 180, '2026-09-06T10:00-03:00'],
    ['America/Santiago', '22:00-06:00', '2026-04-04T22:00-03:00', 540, '2026-04-05T06:00-04:00'],
    ['Africa/Cairo', '00:00-08:00', '2026-04-23T07:00+02:00', 180, '2026-04-24T03:00+03:00'],
    ['Australia/Lord_Howe', '00:00-24:00', '2026-10-04T01:30+10:30', 60, '2026-10-04T03:00+11:00'],
    ['Pacific/Apia', '09:00-17:00', '2011-12-29T16:00-10:00', 120, '2011-12-31T10:00+14:00'],
    ['Europe/Berlin', '22:00-06:00', '2026-10-24T22:00+02:00', 540, '2026-10-25T06:00+01:00'],
  ])('%s %s: %s + %i min is %s', (zone, windows, from, minutes, expected) => {
    expect(due(setIn(zone, daily(windows)), from, minutes * MINUTE_MS)).toEqual({ at: at(expected) });
  });

  test('a window that lies within the skipped hour is empty', () => {
    const set = setIn('America/New_York', daily('02:15-02:45'));
    expect(open(set, '2026-03-08T00:00-05:00', '2026-03-09T00:00-04:00')).toEqual([]);
    expect(open(set, '2026-03-09T00:00-04:00', '2026-03-10T00:00-04:00')).toHaveLength(1);
  });
});

test('sixty hours of one-hour Mondays take sixty Mondays', () => {
  const set = setIn('UTC', { ...closedWeek, mon: windowsOf('09:00-10:00') });
  expect(due(set, '2026-01-05T09:00Z', 60 * HOUR_MS)).toEqual({ at: at('2027-02-22T10:00Z') });
});

test('Monday to Friday 09–17 has 4,176 hours in 2026 and 2027', () => {
  const set = setIn('UTC', workdays('09:00-17:00'));
  expect(businessTimeBetween(set, at('2026-01-01T00:00Z'), at('2028-01-01T00:00Z'))).toBe(4_176 * HOUR_MS);
});

test('milliseconds survive, and 20 seconds across a minute boundary are 20 seconds', () => {
  const set = setIn('Europe/Berlin', workdays('09:00-17:00'));
  expect(due(set, '2026-01-05T12:34:50.123+01:00', 20_000)).toEqual({ at: at('2026-01-05T12:35:10.123+01:00') });
  expect(businessTimeBetween(set, at('2026-01-05T12:34:50.123Z'), at('2026-01-05T12:35:10.124Z'))).toBe(20_001);
});

test('00:00–24:00 loses nothing at midnight', () => {
  const set = setIn('Europe/Berlin', daily('00:00-24:00'));
  expect(open(set, '2026-01-05T12:00Z', '2026-01-08T12:00Z')).toEqual([
    ['2026-01-05T12:00:00.000Z', '2026-01-08T12:00:00.000Z'],
  ]);
});

test('a start before opening counts from the opening instant', () => {
  const set = setIn('Europe/Berlin', workdays('09:00-17:00'));
  expect(due(set, '2026-01-05T03:17+01:00', HOUR_MS)).toEqual({ at: at('2026-01-05T10:00+01:00') });
  expect(nextOpen(set, at('2026-01-03T12:00+01:00'))).toEqual({ at: at('2026-01-05T09:00+01:00') });
});

test('at the closing instant it is closed, at the opening instant it is open', () => {
  const set = setIn('UTC', workdays('09:00-17:00'));
  expect(nextOpen(set, at('2026-01-05T17:00Z'))).toEqual({ at: at('2026-01-06T09:00Z') });
  expect(nextOpen(set, at('2026-01-05T09:00Z'))).toEqual({ at: at('2026-01-05T09:00Z') });
  expect(due(set, '2026-01-05T09:00Z', 8 * HOUR_MS)).toEqual({ at: at('2026-01-05T17:00Z') });
});

test('a holiday cuts the part of a night shift after its midnight', () => {
  const set = setIn('Europe/Berlin', daily('22:00-06:00'), { entries: [holiday('2026-12-25')] });
  expect(open(set, '2026-12-24T12:00Z', '2026-12-26T12:00Z')).toEqual([
    ['2026-12-24T21:00:00.000Z', '2026-12-24T23:00:00.000Z'],
    ['2026-12-25T23:00:00.000Z', '2026-12-26T05:00:00.000Z'],
  ]);
});

test('a closure may cross midnight itself', () => {
  const set = setIn('UTC', daily('00:00-24:00'), { entries: [holiday('2026-12-31', '22:00-03:00')] });
  expect(open(set, '2026-12-31T00:00Z', '2027-01-02T00:00Z')).toEqual([
    ['2026-12-31T00:00:00.000Z', '2026-12-31T22:00:00.000Z'],
    ['2027-01-01T03:00:00.000Z', '2027-01-02T00:00:00.000Z'],
  ]);
});

test('an override on a holiday opens the day with its own hours', () => {
  const set = setIn('UTC', workdays('09:00-17:00'), {
    entries: [holiday('2026-05-01')],
    overrides: [{ date: '2026-05-01', windows: windowsOf('10:00-12:00') }],
  });
  expect(open(set, '2026-05-01T00:00Z', '2026-05-02T00:00Z')).toEqual([
    ['2026-05-01T10:00:00.000Z', '2026-05-01T12:00:00.000Z'],
  ]);
});

test('an overridden day takes away the tail of the night before and leaves the tail of its own night', () => {
  const set = setIn('UTC', daily('22:00-06:00'), { overrides: [{ date: '2026-05-01', windows: [] }] });
  expect(open(set, '2026-04-30T12:00Z', '2026-05-02T12:00Z')).toEqual([
    ['2026-04-30T22:00:00.000Z', '2026-05-01T00:00:00.000Z'],
    ['2026-05-02T00:00:00.000Z', '2026-05-02T06:00:00.000Z'],
  ]);
});

test('the night of an override reaches into a holiday uncut', () => {
  const set = setIn('UTC', daily('09:00-17:00'), {
    entries: [holiday('2026-05-02')],
    overrides: [{ date: '2026-05-01', windows: windowsOf('20:00-02:00') }],
  });
  expect(open(set, '2026-05-01T00:00Z', '2026-05-03T00:00Z')).toEqual([
    ['2026-05-01T20:00:00.000Z', '2026-05-02T02:00:00.000Z'],
  ]);
});

test('two sets that close the same hours close them once', () => {
  const once = setIn('UTC', workdays('09:00-17:00'), { entries: [holiday('2026-05-01', '12:00-24:00')] });
  const twice = setIn('UTC', workdays('09:00-17:00'), {
    entries: [
      holiday('2026-05-01', '12:00-24:00', 'a'),
      holiday('2026-05-01', '13:00-15:00', 'b'),
      holiday('2026-05-01', '12:00-24:00', 'c'),
    ],
  });
  const [from, to] = [at('2026-04-27T00:00Z'), at('2026-05-04T00:00Z')];
  expect(businessTimeBetween(once, from, to)).toBe(35 * HOUR_MS);
  expect(openIntervals(twice, from, to)).toEqual(openIntervals(once, from, to));
});

test('29 February closes nothing in 2027 and closes the day in 2028', () => {
  const leapDay = { ...holiday('x'), on: { yearly: { month: 2, day: 29 } } };
  const set = setIn('UTC', daily('00:00-24:00'), { entries: [leapDay] });
  expect(businessTimeBetween(set, at('2027-01-01T00:00Z'), at('2028-01-01T00:00Z'))).toBe(365 * DAY_MS);
  expect(businessTimeBetween(set, at('2028-01-01T00:00Z'), at('2029-01-01T00:00Z'))).toBe(365 * DAY_MS);
});

test('New Year observed on the Friday before closes the last day of the year before', () => {
  const newYear: HolidayEntry = { ...holiday('x'), on: { yearly: { month: 1, day: 1 } }, observed: 'nearest' };
  const set = setIn('UTC', daily('00:00-24:00'), { entries: [newYear] });
  expect(open(set, '2021-12-30T00:00Z', '2022-01-01T00:00Z')).toEqual([
    ['2021-12-30T00:00:00.000Z', '2021-12-31T00:00:00.000Z'],
  ]);
});

test('follow the sun: any is the union of offices, all their overlap', () => {
  const offices = ['Asia/Tokyo', 'Europe/Berlin'].map((zone) => calendarOf(contentIn(zone, workdays('09:00-18:00'))));
  const [from, to] = ['2026-01-05T00:00Z', '2026-01-06T00:00Z'];
  expect(open({ calendars: offices, combine: 'any' }, from, to)).toEqual([
    ['2026-01-05T00:00:00.000Z', '2026-01-05T17:00:00.000Z'],
  ]);
  expect(open({ calendars: offices, combine: 'all' }, from, to)).toEqual([
    ['2026-01-05T08:00:00.000Z', '2026-01-05T09:00:00.000Z'],
  ]);
});

describe('what has no answer', () => {
  const never = setIn('UTC', closedWeek);

  test('a calendar with no open time gives an error, never a deadline', () => {
    expect(due(never, '2026-01-05T00:00Z', 1)).toEqual({ error: 'no_open_time' });
    expect(nextOpen(never, at('2026-01-05T00:00Z'))).toEqual({ error: 'no_open_time' });
    expect(due(never, '2026-01-05T00:00Z', 0)).toEqual({ at: at('2026-01-05T00:00Z') });
  });

  test('a shared hour that two calendars never have is no open time', () => {
    const calendars = ['08:00-12:00', '12:00-18:00'].map((windows) => calendarOf(contentIn('UTC', daily(windows))));
    expect(nextOpen({ calendars, combine: 'all' }, at('2026-01-05T00:00Z'))).toEqual({ error: 'no_open_time' });
  });

  test('4,000 days are the horizon to the millisecond', () => {
    for (const set of [ALWAYS_OPEN, setIn('UTC', daily('00:00-24:00'))]) {
      const from = at('2026-01-05T00:00Z');
      expect(addBusinessTime(set, from, 4_000 * DAY_MS)).toEqual({ at: from + 4_000 * DAY_MS });
      expect(addBusinessTime(set, from, 4_000 * DAY_MS + 1)).toEqual({ error: 'no_open_time' });
    }
  });

  test('zone data that end before the horizon are named as the reason, in any calendar of the set', () => {
    const ending = { ...zoneNamed('Europe/Berlin'), coversUntil: at('2026-02-01T00:00Z') / 1000 };
    const calendars = [
      calendarOf(contentIn('UTC', closedWeek)),
      calendarOf({ ...contentIn('UTC', daily('00:00-24:00')), zone: ending }),
    ];
    const [set, from] = [{ calendars, combine: 'any' as const }, at('2026-01-31T00:00Z')];
    expect(addBusinessTime(set, from, DAY_MS)).toEqual({ at: from + DAY_MS });
    expect(addBusinessTime(set, from, DAY_MS + 1)).toEqual({ error: 'zone_data_exhausted' });
    expect(nextOpen(set, at('2027-01-01T00:00Z'))).toEqual({ error: 'zone_data_exhausted' });
    expect(nextOpen({ ...set, combine: 'all' }, from)).toEqual({ error: 'zone_data_exhausted' });
  });

  test('a range that ends before it begins, a fraction of a millisecond or negative time is a bug', () => {
    expect(() => businessTimeBetween(ALWAYS_OPEN, 1, 0)).toThrow(RangeError);
    expect(() => openIntervals(ALWAYS_OPEN, 1, 0)).toThrow(RangeError);
    expect(() => addBusinessTime(ALWAYS_OPEN, 0, -1)).toThrow(RangeError);
    expect(() => addBusinessTime(ALWAYS_OPEN, 0.5, 1)).toThrow(RangeError);
    expect(() => nextOpen(ALWAYS_OPEN, Number.NaN)).toThrow(RangeError);
  });
});
