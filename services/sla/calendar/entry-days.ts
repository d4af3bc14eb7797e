import {
  type HolidayDates,
  type HolidayEntry,
  type ObservedRule,
  WEEKDAYS,
  type Weekday,
} from '#schema/business-calendar.ts';
import { type CivilDay, civilDay, daysInMonth, parseDate, weekdayIndex } from './civil-day.ts';
import { easterDay } from './easter-day.ts';

const SATURDAY = 5;
const SUNDAY = 6;

/** The days an entry closes whose nominal date lies in `year`; observed or Easter-relative ones may fall a year beside it. */
export const entryDays = (entry: HolidayEntry, year: number): CivilDay[] =>
  nominalDays(entry.on, year).map((day) => observedDay(day, entry.observed ?? 'none'));

function nominalDays(on: HolidayDates, year: number): CivilDay[] {
  if ('date' in on) return datesWithin(on.date, on.until ?? on.date, year);
  if (year < (on.from ?? year) || year > (on.to ?? year)) return [];
  if ('easter' in on) return [easterDay(year, on.easter.rite) + on.easter.offsetDays];
  if ('nth' in on) return nthWeekday(year, on.nth.month, on.nth.weekday, on.nth.n);
  const { month, day } = on.yearly;
  return day <= daysInMonth(year, month) ? [civilDay(year, month, day)] : [];
}

function datesWithin(from: string, until: string, year: number): CivilDay[] {
  if (Number(from.slice(0, 4)) > year || Number(until.slice(0, 4)) < year) return [];
  const first = Math.max(dayOf(from), civilDay(year, 1, 1));
  const last = Math.min(dayOf(until), civilDay(year, 12, 31));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function nthWeekday(year: number, month: number, weekday: Weekday, n: number): CivilDay[] {
  const wanted = WEEKDAYS.indexOf(weekday);
  const first = civilDay(year, month, 1);
  const length = daysInMonth(year, month);
  if (n < 0) {
    const last = first + length - 1;
    return [last - ((weekdayIndex(last) - wanted + 7) % 7)];
  }
  const day = first + ((wanted - weekdayIndex(first) + 7) % 7) + 7 * (n - 1);
  return day < first + length ? [day] : [];
}

function observedDay(day: CivilDay, rule: ObservedRule): CivilDay {
  const weekday = weekdayIndex(day);
  if (rule === 'none' || weekday < SATURDAY) return day;
  if (weekday === SUNDAY) return day + 1;
  return rule === 'monday' ? day + 2 : day - 1;
}

/** @throws RangeError: an entry is stored only after its dates were checked. */
function dayOf(date: string): CivilDay {
  const day = parseDate(date);
  if (day === undefined) throw new RangeError(`unchecked date: ${date}`);
  return day;
}
