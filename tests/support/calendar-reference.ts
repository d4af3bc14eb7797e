import type { HolidayEntry, SnapshotContent, ZoneData } from '#schema/business-calendar.ts';

/*
 * Open time by the letter of the specification, instant by instant: every window is turned into instants by `inst` alone and
 * an instant is looked up in all of them. Slow on purpose, and shares no code with the arithmetic it judges.
 */

const DAY_MS = 86_400_000;
type Interval = readonly [from: number, to: number];

/** The first i, in time order, with u = max(Tᵢ, L − oᵢ) < Tᵢ₊₁ gives u. */
export function referenceInst({ transitions, offsets }: ZoneData, wallMs: number): number {
  for (const [i, offset] of offsets.entries()) {
    const begins = i === 0 ? Number.NEGATIVE_INFINITY : Number(transitions[i - 1]) * 1000;
    const ends = i === transitions.length ? Number.POSITIVE_INFINITY : Number(transitions[i]) * 1000;
    const instant = Math.max(begins, wallMs - offset * 1000);
    if (instant < ends) return instant;
  }
  throw new Error('unreachable: the last offset has no end');
}

/** Open runs of `[from, to)`, found by asking about every `stepMs`; exact when all boundaries are multiples of the step. */
export function referenceIntervals(content: SnapshotContent, from: number, to: number, stepMs: number): Interval[] {
  const isOpen = referenceOpen(content, from, to);
  const runs: Interval[] = [];
  let began: number | undefined;
  for (let t = from; t < to; t += stepMs) {
    const open = isOpen(t);
    if (open && began === undefined) began = t;
    if (!open && began !== undefined) {
      runs.push([began, t]);
      began = undefined;
    }
  }
  if (began !== undefined) runs.push([began, to]);
  return runs;
}

/** (⋃ weekly − ⋃ closures − ⋃ overridden days) ∪ ⋃ override windows, for instants between `from` and `to`. */
export function referenceOpen(content: SnapshotContent, from: number, to: number): (instant: number) => boolean {
  const weekly: Interval[] = [];
  const closures: Interval[] = [];
  const overridden: Interval[] = [];
  const overrides: Interval[] = [];
  const map = (midnight: number, [start, end]: Interval): Interval => [
    referenceInst(content.zone, midnight + start),
    referenceInst(content.zone, midnight + end),
  ];
  for (let midnight = (Math.floor(from / DAY_MS) - 4) * DAY_MS; midnight < to + 4 * DAY_MS; midnight += DAY_MS) {
    const date = new Date(midnight);
    const weekday = (['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const)[date.getUTCDay()] ?? 'sun';
    for (const window of content.weekly[weekday]) weekly.push(map(midnight, wall(window)));
    for (const override of content.overrides) {
      if (override.date !== date.toISOString().slice(0, 10)) continue;
      overridden.push(map(midnight, [0, DAY_MS]));
      for (const window of override.windows) overrides.push(map(midnight, wall(window)));
    }
    for (const entry of content.entries) {
      if (!fallsOn(entry, midnight)) continue;
      const closed = entry.closed === 'all' ? [[0, DAY_MS] as const] : entry.closed.map(wall);
      for (const interval of closed) closures.push(map(midnight, interval));
    }
  }
  const within = (intervals: readonly Interval[], t: number) => intervals.some(([start, end]) => start <= t && t < end);
  return (t) => (within(weekly, t) && !within(closures, t) && !within(overridden, t)) || within(overrides, t);
}

function wall({ start, end }: { start: string; end: string }): Interval {
  const ms = (text: string): number => {
    const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000;
  };
  return ms(end) <= ms(start) ? [ms(start), ms(end) + DAY_MS] : [ms(start), ms(end)];
}

/** Whether some nominal date of the entry is observed on this one. */
export function fallsOn(entry: HolidayEntry, midnight: number): boolean {
  return [-2, -1, 0, 1].some((shift) => {
    const nominal = midnight + shift * DAY_MS;
    return isNominal(entry, nominal) && observed(entry, nominal) === midnight;
  });
}

function observed({ observed: rule = 'none' }: HolidayEntry, midnight: number): number {
  const weekday = new Date(midnight).getUTCDay();
  if (rule === 'monday') return midnight + (weekday === 6 ? 2 : weekday === 0 ? 1 : 0) * DAY_MS;
  if (rule === 'nearest') return midnight + (weekday === 6 ? -1 : weekday === 0 ? 1 : 0) * DAY_MS;
  return midnight;
}

function isNominal({ on }: HolidayEntry, midnight: number): boolean {
  const date = new Date(midnight);
  const text = date.toISOString().slice(0, 10);
  if ('date' in on) return on.date <= text && text <= (on.until ?? on.date);
  const inYears = (year: number) => year >= (on.from ?? year) && year <= (on.to ?? year);
  if ('easter' in on) {
    const easter = new Date(midnight - on.easter.offsetDays * DAY_MS);
    return inYears(easter.getUTCFullYear()) && isEaster(easter, on.easter.rite);
  }
  if (!inYears(date.getUTCFullYear())) return false;
  const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
  if ('yearly' in on) return on.yearly.month === month && on.yearly.day === day;
  const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  if (on.nth.month !== month || names[date.getUTCDay()] !== on.nth.weekday) return false;
  if (on.nth.n === -1) return new Date(midnight + 7 * DAY_MS).getUTCMonth() + 1 !== month;
  return Math.ceil(day / 7) === on.nth.n;
}

/** The Sunday after the paschal full moon of the church tables: 19 rows, one per golden number. */
function isEaster(date: Date, rite: 'western' | 'orthodox'): boolean {
  if (date.getUTCDay() !== 0) return false;
  const year = date.getUTCFullYear();
  if (rite === 'western' && (year < 1900 || year > 2199)) throw new Error('the table holds for 1900–2199');
  const western = [414, 403, 323, 411, 331, 418, 408, 328, 416, 405, 325, 413, 402, 322, 410, 330, 417, 407, 327];
  const julian = [405, 325, 413, 402, 322, 410, 330, 418, 407, 327, 415, 404, 324, 412, 401, 321, 409, 329, 417];
  const moon = (rite === 'western' ? western : julian)[year % 19] ?? 0;
  const lag = rite === 'western' ? 0 : Math.floor(year / 100) - Math.floor(year / 400) - 2;
  const fullMoon = Date.UTC(year, Math.floor(moon / 100) - 1, (moon % 100) + lag);
  const days = (date.getTime() - fullMoon) / DAY_MS;
  return days >= 1 && days <= 7;
}
