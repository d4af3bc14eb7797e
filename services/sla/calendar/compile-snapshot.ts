import type {
  CalendarOverride,
  HolidayEntry,
  SnapshotContent,
  WeeklyWindows,
  ZoneData,
} from '#schema/business-calendar.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { civilDay, DAY_MS, yearOf } from './civil-day.ts';

/** Clocks that run when a snapshot is made began before it; their last year stays exact. */
const YEARS_BEFORE = 1;
/** A clock may start years after its snapshot and look 4,000 days ahead. */
const YEARS_AFTER = 20;
const DAY_S = DAY_MS / 1000;

export interface SnapshotSource {
  readonly weekly: WeeklyWindows;
  readonly overrides: readonly CalendarOverride[];
  /** Of all holiday sets of the calendar. */
  readonly entries: readonly HolidayEntry[];
  readonly zone: ZoneData;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * The self-contained content of a calendar. Zone data are cut at ends of UTC years, and overrides and entries are put in
 * order, so that compiling the same calendar again within a year gives the same content and the same hash.
 */
export function compileSnapshot({ weekly, overrides, entries, zone, now }: SnapshotSource): SnapshotContent {
  const year = yearOf(Math.floor(now / DAY_MS));
  return {
    weekly,
    overrides: [...overrides].sort((a, b) => byText(a.date, b.date)),
    entries: inOrder(entries),
    zone: cutZone(zone, civilDay(year - YEARS_BEFORE, 1, 1) * DAY_S, civilDay(year + YEARS_AFTER + 1, 1, 1) * DAY_S),
  };
}

/** Text under a snapshot's `content_hash`: all of it but the version label of the zone data. */
export const snapshotHashInput = (businessHoursId: string, content: SnapshotContent): string =>
  canonicalJson({ businessHoursId, content });

/** Two sets may hold the very same entry; once is enough. */
function inOrder(entries: readonly HolidayEntry[]): HolidayEntry[] {
  const byContent = new Map(entries.map((entry) => [canonicalJson(entry), entry]));
  return [...byContent]
    .sort(([a, { id: idA }], [b, { id: idB }]) => byText(idA, idB) || byText(a, b))
    .map(([, e]) => e);
}

function cutZone({ name, transitions, offsets, coversUntil }: ZoneData, from: number, until: number): ZoneData {
  const first = transitions.filter((second) => second <= from).length;
  const last = transitions.filter((second) => second < until).length;
  return {
    name,
    transitions: transitions.slice(first, last),
    offsets: offsets.slice(first, last + 1),
    coversUntil: Math.min(coversUntil, until),
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
