import { type Calendar, type CalendarSet, openOn } from './calendar.ts';
import { type CivilDay, DAY_MS } from './civil-day.ts';
import { appendSpan, intersect, type Spans, union } from './spans.ts';
import { inst, instIn, offsetAt, offsetIndex, type Zone } from './zone.ts';

/** Open time of several calendars within `[from, to)`, as instants. */
export function openSpans({ calendars, combine }: CalendarSet, from: number, to: number): Spans {
  if (to <= from) return [];
  const merge = combine === 'any' ? union : intersect;
  const [first, ...others] = calendars.map((calendar) => calendarSpans(calendar, from, to));
  return first === undefined ? [from, to] : others.reduce<Spans>(merge, first);
}

const calendarSpans = (calendar: Calendar, from: number, to: number): Spans =>
  instantsOf(calendar.zone, from, to, (day) => openOn(calendar, day));

/** Turns the wall-clock spans of every date that can touch `[from, to)` into instants, cut to that range. */
export function instantsOf(zone: Zone, from: number, to: number, spansOn: (day: CivilDay) => Spans): Spans {
  const spans: number[] = [];
  let index = 0;
  for (const day of daysTouching(zone, from, to)) {
    const midnight = day * DAY_MS;
    const wall = spansOn(day);
    if (index === 0) index = offsetIndex(zone, midnight);
    for (let i = 0; i < wall.length; i += 2) {
      const start = midnight + (wall[i] as number);
      const end = midnight + (wall[i + 1] as number);
      while ((zone.reach[index] as number) <= start) index++;
      const opened = instIn(zone, start, index);
      while ((zone.reach[index] as number) <= end) index++;
      appendSpan(spans, Math.max(opened, from), Math.min(instIn(zone, end, index), to));
    }
  }
  return spans;
}

/**
 * The local dates that can be open in `[from, to)`, in order. The date shown at `from` is early enough: tails belong to the
 * day they reach into, and every earlier date ends at `inst` of a midnight that the clock has shown by then.
 */
export function* daysTouching(zone: Zone, from: number, to: number): Generator<CivilDay> {
  const first = Math.floor((from + offsetAt(zone, from)) / DAY_MS);
  for (let day = first; inst(zone, day * DAY_MS) < to; day++) yield day;
}
