import { readFileSync } from 'node:fs';
import type { HolidayEntry, WeeklyWindows } from '#schema/business-calendar.ts';
import { addBusinessTime } from '#services/sla/calendar/add-business-time.ts';
import { businessTimeBetween } from '#services/sla/calendar/business-time-between.ts';
import { type Calendar, type CalendarSet, calendarOf } from '#services/sla/calendar/calendar.ts';
import { compileSnapshot } from '#services/sla/calendar/compile-snapshot.ts';
import { expandTimeZones, TimeZoneFile } from '#services/sla/calendar/time-zone-file.ts';
import type { Row, Section } from './table.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WARM_UP_MS = 300;
const MEASURED_MS = 1000;
/** Instants per look at the clock, spread over a year with a step that meets every hour of the week. */
const BATCH = 100;
const STEP_MS = 17 * HOUR_MS + 13 * 60_000;

const OFFICE = [{ start: '09:00', end: '17:00' }];
const WEEK: WeeklyWindows = { mon: OFFICE, tue: OFFICE, wed: OFFICE, thu: OFFICE, fri: OFFICE, sat: [], sun: [] };

const HOLIDAYS: HolidayEntry[] = [
  { id: 'new-year', label: 'New Year', closed: 'all', on: { yearly: { month: 1, day: 1 } } },
  { id: 'good-friday', label: 'Good Friday', closed: 'all', on: { easter: { offsetDays: -2, rite: 'western' } } },
  { id: 'labour-day', label: 'Labour Day', closed: 'all', on: { yearly: { month: 5, day: 1 } } },
  { id: 'christmas', label: 'Christmas', closed: 'all', on: { yearly: { month: 12, day: 25 } } },
];

/** Deadlines and spans per second, on one core of Node: the same code and engine as in the Worker. */
export function measureCalendar(): Section {
  const [berlin, tokyo, chicago] = ['Europe/Berlin', 'Asia/Tokyo', 'America/Chicago'].map(officeIn);
  const one: CalendarSet = { calendars: [berlin as Calendar], combine: 'any' };
  const three: CalendarSet = { calendars: [berlin, tokyo, chicago] as Calendar[], combine: 'any' };
  const rows: Row[] = [
    measure('deadline in 4 business hours, one calendar', (from) => addBusinessTime(one, from, 4 * HOUR_MS)),
    measure('deadline in 40 business hours, one calendar', (from) => addBusinessTime(one, from, 40 * HOUR_MS)),
    measure('deadline in 40 business hours, any of three', (from) => addBusinessTime(three, from, 40 * HOUR_MS)),
    measure('business time in 30 days, one calendar', (from) => businessTimeBetween(one, from, from + 30 * DAY_MS)),
    measure('compile a calendar with its holidays', () => officeIn('Europe/Berlin')),
  ];
  return { title: 'Calendar arithmetic', rows, notes: ['Monday to Friday 09–17 with four holidays; one core.'] };
}

const zones = new Map(
  expandTimeZones(
    TimeZoneFile.parse(JSON.parse(readFileSync(new URL('../schema/data/time-zones.json', import.meta.url), 'utf8'))),
  ).map((row) => [row.name, row]),
);

function officeIn(name: string): Calendar {
  const zone = zones.get(name);
  if (zone === undefined) throw new TypeError(`no zone ${name}`);
  return calendarOf(compileSnapshot({ weekly: WEEK, overrides: [], entries: HOLIDAYS, zone, now: Date.now() }));
}

function measure(what: string, run: (from: number) => unknown): Row {
  const base = Date.now();
  const runFor = (milliseconds: number): number => {
    const started = performance.now();
    let done = 0;
    for (; performance.now() - started < milliseconds; done += BATCH) {
      for (let i = 0; i < BATCH; i += 1) run(base + ((i * STEP_MS) % (365 * DAY_MS)));
    }
    return done / ((performance.now() - started) / 1000);
  };
  runFor(WARM_UP_MS);
  const perSecond = runFor(MEASURED_MS);
  return { what, 'ops/s': Math.round(perSecond), 'µs each': 1_000_000 / perSecond };
}
