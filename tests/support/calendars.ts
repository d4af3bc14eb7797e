import type {
  CalendarOverride,
  CalendarWindow,
  HolidayEntry,
  SnapshotContent,
  WeeklyWindows,
} from '#schema/business-calendar.ts';
import { type CalendarSet, calendarOf } from '#services/sla/calendar/calendar.ts';
import { zoneNamed } from './time-zones.ts';

/** `09:00-17:00 18:00-20:00` */
export const windowsOf = (text: string): CalendarWindow[] =>
  text
    .split(' ')
    .filter((window) => window !== '')
    .map((window) => {
      const [start = '', end = ''] = window.split('-');
      return { start, end };
    });

export const closedWeek: WeeklyWindows = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

export function daily(text: string): WeeklyWindows {
  const windows = windowsOf(text);
  return { mon: windows, tue: windows, wed: windows, thu: windows, fri: windows, sat: windows, sun: windows };
}

export const workdays = (text: string): WeeklyWindows => ({ ...daily(text), sat: [], sun: [] });

export const contentIn = (
  zone: string,
  weekly: WeeklyWindows,
  extra: { overrides?: CalendarOverride[]; entries?: HolidayEntry[] } = {},
): SnapshotContent => ({ weekly, overrides: [], entries: [], ...extra, zone: zoneNamed(zone) });

export const setIn = (...args: Parameters<typeof contentIn>): CalendarSet => ({
  calendars: [calendarOf(contentIn(...args))],
  combine: 'any',
});

export const holiday = (date: string, closed: 'all' | string = 'all', id = date): HolidayEntry => ({
  id,
  label: `holiday ${date}`,
  closed: closed === 'all' ? 'all' : windowsOf(closed),
  on: { date },
});
