import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { ZoneData } from '#schema/business-calendar.ts';
import { expandTimeZones, TimeZoneFile } from '#services/sla/calendar/time-zone-file.ts';

const FIRST_CHANGE_S = Date.UTC(2005, 0, 1) / 1000;
const LAST_CHANGE_S = Date.UTC(2041, 0, 1) / 1000;

export const timeZoneFile = TimeZoneFile.parse(
  JSON.parse(readFileSync(new URL('../../schema/data/time-zones.json', import.meta.url), 'utf8')),
);

const rows = new Map(expandTimeZones(timeZoneFile).map((row) => [row.name, row]));

export const allZones: readonly ZoneData[] = [...rows.keys()].map(zoneNamed);

/** One zone per set of rules; the arithmetic sees no name, so these stand for all names. */
export const distinctZones: readonly ZoneData[] = [
  ...new Map(allZones.map((zone) => [JSON.stringify([zone.transitions, zone.offsets]), zone])).values(),
];

/** A counterexample prints the zone by its name, not by its hundred transitions. */
export function zoneNamed(name: string): ZoneData {
  const row = rows.get(name);
  if (row === undefined) throw new Error(`no zone ${name}`);
  const { transitions, offsets, coversUntil } = row;
  return Object.assign({ name, transitions, offsets, coversUntil }, { [fc.toStringMethod]: () => name });
}

/** Every transition 2005–2040 in epoch milliseconds; a zone without one is represented by two ordinary days. */
export function changesOf(zone: ZoneData): number[] {
  const changes = zone.transitions.filter((second) => second >= FIRST_CHANGE_S && second < LAST_CHANGE_S);
  return (changes.length > 0 ? changes : [Date.UTC(2012, 1, 29) / 1000, Date.UTC(2026, 11, 31) / 1000]).map(
    (s) => s * 1000,
  );
}
