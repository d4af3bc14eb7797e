import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  EASTER_RITES,
  type HolidayDates,
  type HolidayEntry,
  OBSERVED_RULES,
  WEEKDAYS,
} from '#schema/business-calendar.ts';
import { fallsOn } from '#tests/support/calendar-reference.ts';
import { civilDay, DAY_MS, formatDate } from './civil-day.ts';
import { easterDay } from './easter-day.ts';
import { entryDays } from './entry-days.ts';

const entry = (on: HolidayDates, observed?: HolidayEntry['observed']): HolidayEntry => ({
  id: 'e',
  label: 'e',
  closed: 'all',
  on,
  observed,
});
const days = (on: HolidayDates, year: number, observed?: HolidayEntry['observed']) =>
  entryDays(entry(on, observed), year).map(formatDate);

test.each([
  [1954, '1954-04-18', '1954-04-25'],
  [2000, '2000-04-23', '2000-04-30'],
  [2008, '2008-03-23', '2008-04-27'],
  [2024, '2024-03-31', '2024-05-05'],
  [2025, '2025-04-20', '2025-04-20'],
  [2026, '2026-04-05', '2026-04-12'],
  [2038, '2038-04-25', '2038-04-25'],
  [2100, '2100-03-28', '2100-05-02'],
])('Easter %i is %s in the west and %s in the east', (year, western, orthodox) => {
  expect(formatDate(easterDay(year, 'western'))).toBe(western);
  expect(formatDate(easterDay(year, 'orthodox'))).toBe(orthodox);
});

describe('dates of an entry', () => {
  test('a range closes its last date too, and is cut at the year', () => {
    expect(days({ date: '2026-12-30', until: '2027-01-02' }, 2026)).toEqual(['2026-12-30', '2026-12-31']);
    expect(days({ date: '2026-12-30', until: '2027-01-02' }, 2027)).toEqual(['2027-01-01', '2027-01-02']);
    expect(days({ date: '2026-12-30', until: '2027-01-02' }, 2028)).toEqual([]);
  });

  test('29 February occurs in leap years only', () => {
    expect(days({ yearly: { month: 2, day: 29 } }, 2027)).toEqual([]);
    expect(days({ yearly: { month: 2, day: 29 } }, 2028)).toEqual(['2028-02-29']);
  });

  test('the nth weekday counts from the month’s begin, −1 from its end, and a fifth may be missing', () => {
    expect(days({ nth: { month: 11, weekday: 'thu', n: 4 } }, 2026)).toEqual(['2026-11-26']);
    expect(days({ nth: { month: 5, weekday: 'mon', n: -1 } }, 2026)).toEqual(['2026-05-25']);
    expect(days({ nth: { month: 6, weekday: 'mon', n: 5 } }, 2026)).toEqual(['2026-06-29']);
    expect(days({ nth: { month: 7, weekday: 'mon', n: 5 } }, 2026)).toEqual([]);
  });

  test('from and to are the first and the last year', () => {
    const on = { yearly: { month: 10, day: 3 }, from: 2026, to: 2027 };
    expect([2025, 2026, 2027, 2028].map((year) => days(on, year).length)).toEqual([0, 1, 1, 0]);
  });

  test('a weekend date is observed on Monday, or on the nearest working day even across the year', () => {
    const newYear = { yearly: { month: 1, day: 1 } };
    expect(days(newYear, 2022, 'monday')).toEqual(['2022-01-03']);
    expect(days(newYear, 2023, 'monday')).toEqual(['2023-01-02']);
    expect(days(newYear, 2022, 'nearest')).toEqual(['2021-12-31']);
    expect(days(newYear, 2023, 'nearest')).toEqual(['2023-01-02']);
    expect(days(newYear, 2024, 'nearest')).toEqual(['2024-01-01']);
  });
});

test('a year of any rule equals asking every date of the year by itself', () => {
  const years = {
    from: fc.option(fc.integer({ min: 2000, max: 2020 }), { nil: undefined }),
    to: fc.option(fc.integer({ min: 2020, max: 2040 }), { nil: undefined }),
  };
  const month = fc.integer({ min: 1, max: 12 });
  const dates: fc.Arbitrary<HolidayDates> = fc.oneof(
    fc.record({ yearly: fc.record({ month, day: fc.integer({ min: 1, max: 29 }) }), ...years }),
    fc.record({
      nth: fc.record({ month, weekday: fc.constantFrom(...WEEKDAYS), n: fc.constantFrom(1, 2, 3, 4, 5, -1) }),
      ...years,
    }),
    fc.record({
      easter: fc.record({ offsetDays: fc.integer({ min: -60, max: 60 }), rite: fc.constantFrom(...EASTER_RITES) }),
      ...years,
    }),
  );
  fc.assert(
    fc.property(
      dates,
      fc.constantFrom(...OBSERVED_RULES),
      fc.integer({ min: 2000, max: 2040 }),
      (on, observed, year) => {
        const rule = entry(on, observed);
        const found = [year - 1, year, year + 1].flatMap((nominal) => entryDays(rule, nominal));
        for (let day = civilDay(year, 1, 1); day < civilDay(year + 1, 1, 1); day++)
          expect(found.includes(day)).toBe(fallsOn(rule, day * DAY_MS));
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
