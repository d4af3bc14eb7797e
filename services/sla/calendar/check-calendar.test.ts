import { describe, expect, test } from 'vitest';
import type { CalendarWindow, HolidayDates, HolidayEntry } from '#schema/business-calendar.ts';
import type { FieldError } from '#schema/errors.ts';
import { closedWeek, contentIn, daily, holiday, setIn, windowsOf } from '#tests/support/calendars.ts';
import { checkDueDate, checkSnapshotSize, checkTimeZone } from './check-calendar.ts';
import { checkEntries } from './check-entries.ts';
import { checkOverrides } from './check-overrides.ts';
import { checkWeekly } from './check-weekly.ts';

const codes = (errors: readonly FieldError[]) => errors.map(({ pointer, code }) => `${pointer} ${code}`);
const monday = (...windows: CalendarWindow[]) => codes(checkWeekly({ ...closedWeek, mon: windows }));

test('an offset or an unknown name is an unknown time zone', () => {
  expect(codes(checkTimeZone('+02:00', false))).toEqual(['/timeZone unknown_time_zone']);
  expect(checkTimeZone('Europe/Berlin', true)).toEqual([]);
});

describe('windows', () => {
  test.each(['00:00-24:00', '22:00-06:00', '23:59:59-24:00', '12:00-00:00', '00:00:00-00:00:01'])(
    '%s is a window',
    (text) => {
      expect(monday(...windowsOf(text))).toEqual([]);
    },
  );

  test.each([
    '25:00-26:00',
    '24:00-02:00',
    '09:00-09:00',
    '09:00-09:00:00',
    '9:00-17:00',
    '09:60-10:00',
    '09:00-24:00:00',
    '09:00-24:01',
    '09-17',
  ])('%s is a bad window', (text) => {
    expect(monday(...windowsOf('01:00-02:00'), ...windowsOf(text))).toEqual(['/weekly/mon/1 bad_window']);
  });

  test('twelve windows a day are allowed, overlapping ones too, thirteen are not', () => {
    const window = { start: '09:00', end: '17:00' };
    expect(monday(...Array.from({ length: 12 }, () => window))).toEqual([]);
    expect(monday(...Array.from({ length: 13 }, () => window))).toEqual(['/weekly/mon bad_window']);
  });
});

describe('overrides', () => {
  test('31 April, a date given twice and a broken window are refused by field', () => {
    const overrides = [
      { date: '2026-04-30', windows: windowsOf('09:00-12:00') },
      { date: '2026-04-31', windows: [] },
      { date: '2026-04-30', windows: windowsOf('09:00-12:00 12:00-12:00') },
    ];
    expect(codes(checkOverrides(overrides))).toEqual([
      '/overrides/1/date bad_date',
      '/overrides/2/windows/1 bad_window',
      '/overrides/2/date bad_date',
    ]);
  });

  test('five hundred are allowed and one more is not', () => {
    const overrides = Array.from({ length: 501 }, (_, i) => ({
      date: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
      windows: [],
    }));
    expect(checkOverrides(overrides.slice(1))).toEqual([]);
    expect(codes(checkOverrides(overrides))).toEqual(['/overrides too_many']);
  });

  test('64 KiB of them are the limit', () => {
    const overrides = Array.from({ length: 500 }, (_, i) => ({
      date: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
      windows: windowsOf('09:00-12:00 13:00-18:00'),
      label: 'é'.repeat(60),
    }));
    expect(codes(checkOverrides(overrides))).toEqual(['/overrides too_many']);
  });
});

describe('holiday entries', () => {
  const on = (dates: HolidayDates) => codes(checkEntries([{ ...holiday('2026-01-01'), on: dates }], ''));

  test.each<[string, HolidayDates, string]>([
    ['30 February', { date: '2026-02-30' }, '/0/on/date bad_date'],
    ['a range that ends before it begins', { date: '2026-02-20', until: '2026-02-19' }, '/0/on/until bad_date'],
    ['a last date that does not exist', { date: '2026-02-20', until: '2026-02-29' }, '/0/on/until bad_date'],
    ['31 April every year', { yearly: { month: 4, day: 31 } }, '/0/on/yearly bad_date'],
    ['month 13', { yearly: { month: 13, day: 1 } }, '/0/on/yearly bad_date'],
    ['a Monday of month 0', { nth: { month: 0, weekday: 'mon', n: 1 } }, '/0/on/nth/month bad_date'],
    ['a year past Easter', { easter: { offsetDays: 365, rite: 'western' } }, '/0/on/easter/offsetDays bad_date'],
    ['years in the wrong order', { yearly: { month: 1, day: 1 }, from: 2027, to: 2026 }, '/0/on/to bad_date'],
    ['a year of two digits', { yearly: { month: 1, day: 1 }, from: 26 }, '/0/on/from bad_date'],
  ])('%s is a bad date', (_, dates, expected) => {
    expect(on(dates)).toEqual([expected]);
  });

  test('29 February every year and Pentecost are dates', () => {
    expect(on({ yearly: { month: 2, day: 29 } })).toEqual([]);
    expect(on({ easter: { offsetDays: 49, rite: 'orthodox' }, from: 2020, to: 2020 })).toEqual([]);
  });

  test('one to four windows may be closed', () => {
    const closed = (windows: CalendarWindow[]): HolidayEntry => ({ ...holiday('2026-12-24'), closed: windows });
    expect(checkEntries([closed(windowsOf('14:00-24:00'))])).toEqual([]);
    expect(codes(checkEntries([closed([])]))).toEqual(['/entries/0/closed bad_window']);
    expect(codes(checkEntries([closed(windowsOf('24:00-14:00'))]))).toEqual(['/entries/0/closed/0 bad_window']);
    expect(
      codes(checkEntries([closed(windowsOf('01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00 09:00-10:00'))])),
    ).toEqual(['/entries/0/closed bad_window']);
  });

  test('two entries of a set cannot share an id', () => {
    expect(codes(checkEntries([holiday('2026-01-01', 'all', 'a'), holiday('2026-01-02', 'all', 'a')]))).toEqual([
      '/entries/1/id duplicate_id',
    ]);
  });

  test('a thousand are allowed and one more, or more than 128 KiB, are too many', () => {
    const entries = Array.from({ length: 1_001 }, (_, i) => holiday('2026-01-01', 'all', `e${i}`));
    expect(checkEntries(entries.slice(1))).toEqual([]);
    expect(codes(checkEntries(entries))).toEqual(['/entries too_many_entries']);
    const long = entries.slice(1).map((entry) => ({ ...entry, label: 'x'.repeat(120) }));
    expect(codes(checkEntries(long))).toEqual(['/entries too_many_entries']);
  });
});

test('a duration that ends beyond the horizon has no due date', () => {
  const now = Date.UTC(2026, 0, 5);
  const oneHourAWeek = setIn('UTC', { ...closedWeek, mon: windowsOf('09:00-10:00') });
  expect(checkDueDate(oneHourAWeek, now, 500 * 3_600_000, '/targets/0')).toEqual([]);
  expect(codes(checkDueDate(oneHourAWeek, now, 600 * 3_600_000, '/targets/0'))).toEqual(['/targets/0 no_open_time']);
});

test('a snapshot holds at most 256 KiB', () => {
  const entries = Array.from({ length: 4_000 }, (_, i) => holiday('2026-01-01', 'all', `e${i}`));
  expect(checkSnapshotSize(contentIn('UTC', daily('09:00-17:00'), { entries: entries.slice(0, 1_000) }))).toEqual([]);
  expect(codes(checkSnapshotSize(contentIn('UTC', daily('09:00-17:00'), { entries })))).toEqual([' config_too_large']);
});
