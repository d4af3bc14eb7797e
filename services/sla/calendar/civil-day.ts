import { WEEKDAYS, type Weekday } from '#schema/business-calendar.ts';

export const DAY_MS = 86_400_000;

/** A date of the Gregorian calendar as days since 1970-01-01. It has no zone: the wall calendar shows it somewhere. */
export type CivilDay = number;

/** Years are four digits; `Date.UTC` reads two-digit years as 19xx. */
export const MIN_YEAR = 1000;
export const MAX_YEAR = 9999;

export const civilDay = (year: number, month: number, day: number): CivilDay => Date.UTC(year, month - 1, day) / DAY_MS;

/** Howard Hinnant's `civil_from_days`: years begin on 1 March, so that the leap day comes last. Asked for every day walked. */
export function yearOf(day: CivilDay): number {
  const sinceMarch0 = day + 719_468;
  const era = Math.floor(sinceMarch0 / 146_097);
  const dayOfEra = sinceMarch0 - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  return era * 400 + yearOfEra + (dayOfYear >= 306 ? 1 : 0);
}

/** 0 is Monday; 1970-01-01 was a Thursday. */
export const weekdayIndex = (day: CivilDay): number => (((day + 3) % 7) + 7) % 7;

export const weekdayOf = (day: CivilDay): Weekday => WEEKDAYS[weekdayIndex(day)] as Weekday;

export const daysInMonth = (year: number, month: number): number =>
  civilDay(year, month + 1, 1) - civilDay(year, month, 1);

/** `YYYY-MM-DD`; undefined for other text and for a date that the month does not have. */
export function parseDate(text: string): CivilDay | undefined {
  const match = /^([1-9]\d{3})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return civilDay(year, month, day);
}

export const formatDate = (day: CivilDay): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
