import type { Id } from '#schema/ids.ts';
import { addBusinessTime } from './calendar/add-business-time.ts';
import { businessTimeBetween } from './calendar/business-time-between.ts';
import { type Calendar, type CalendarSet, calendarOf } from './calendar/calendar.ts';
import type { Reached } from './calendar/search-open.ts';
import type { ClockTerms } from './clock.ts';
import type { CompiledSnapshot } from './compiled-sla.ts';

type Hours = Pick<ClockTerms, 'snapshotIds' | 'combine'>;

/** The snapshots that a decision may count under. Instants and durations are milliseconds. */
export interface SnapshotBook {
  /** Business time in `[from, to)`. */
  between(hours: Hours, from: number, to: number): number;
  /** When so much business time will have passed. */
  add(hours: Hours, from: number, ms: number): Reached;
  /** Content hashes in hex, in the order of the ids. */
  hashes(hours: Hours): string[];
}

/** Compiling hours costs more than using them, and the snapshots of the held configuration outlive a request. */
const compiled = new WeakMap<CompiledSnapshot, Calendar>();

/** @throws TypeError (in use) for a snapshot that was not loaded: a bug of the load. */
export function snapshotBook(...groups: (readonly CompiledSnapshot[])[]): SnapshotBook {
  const byId = new Map(groups.flat().map((snapshot) => [snapshot.id, snapshot]));
  const find = (id: Id<'csnap'>): CompiledSnapshot => {
    const found = byId.get(id);
    if (found === undefined) throw new TypeError(`calendar snapshot ${id} was not loaded`);
    return found;
  };
  const setOf = ({ snapshotIds, combine }: Hours): CalendarSet => ({
    calendars: snapshotIds.map((id) => calendarFor(find(id))),
    combine,
  });
  return {
    between: (hours, from, to) => businessTimeBetween(setOf(hours), from, to),
    add: (hours, from, ms) => addBusinessTime(setOf(hours), from, ms),
    hashes: ({ snapshotIds }) => snapshotIds.map((id) => find(id).hash),
  };
}

function calendarFor(snapshot: CompiledSnapshot): Calendar {
  const known = compiled.get(snapshot);
  if (known !== undefined) return known;
  const calendar = calendarOf(snapshot.content);
  compiled.set(snapshot, calendar);
  return calendar;
}
