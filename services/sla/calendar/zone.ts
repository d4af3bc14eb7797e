import type { ZoneData } from '#schema/business-calendar.ts';

/** A zone ready for arithmetic. All numbers are milliseconds; wall times are counted as if the wall clock showed UTC. */
export interface Zone {
  readonly name: string;
  /** First instant of each offset; the first one is −∞. */
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
  /** The highest wall time shown before each offset ends; it never decreases, so it can be searched. The last one is ∞. */
  readonly reach: readonly number[];
  readonly coversUntil: number;
}

export function zoneOf(data: ZoneData): Zone {
  const starts = [Number.NEGATIVE_INFINITY, ...data.transitions.map((second) => second * 1000)];
  const offsets = data.offsets.map((second) => second * 1000);
  const reach: number[] = [];
  offsets.forEach((offset, i) => {
    const shown = (starts[i + 1] ?? Number.POSITIVE_INFINITY) + offset;
    reach.push(Math.max(shown, reach[i - 1] ?? Number.NEGATIVE_INFINITY));
  });
  return { name: data.name, starts, offsets, reach, coversUntil: data.coversUntil * 1000 };
}

/** Offset from UTC that holds at an instant. Before the first transition the first offset holds, after the last the last. */
export const offsetAt = (zone: Zone, instant: number): number =>
  zone.offsets[firstAbove(zone.starts, instant) - 1] as number;

/**
 * The earliest instant at which the wall clock shows `wallTime` or later: a gap gives the instant after it, an overlap the
 * earlier of its two instants, and later wall times never give earlier instants.
 */
export const inst = (zone: Zone, wallTime: number): number => instIn(zone, wallTime, offsetIndex(zone, wallTime));

/** Index of the first offset under which the wall clock shows `wallTime` or later. */
export const offsetIndex = (zone: Zone, wallTime: number): number => firstAbove(zone.reach, wallTime);

/** `inst` for a caller that walks wall times upwards and so knows the offset's index. */
export const instIn = (zone: Zone, wallTime: number, index: number): number =>
  Math.max(zone.starts[index] as number, wallTime - (zone.offsets[index] as number));

/** Index of the first of sorted `values` that is greater than `limit`; their number when none is. */
function firstAbove(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
