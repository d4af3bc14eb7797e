import * as z from 'zod';
import type { ZoneData } from '#schema/business-calendar.ts';

const DataZone = z.strictObject({
  name: z.string(),
  canonical: z.string(),
  transitions: z.array(z.int()),
  offsets: z.array(z.int()),
});
const LinkZone = z.strictObject({ name: z.string(), canonical: z.string() });

/** schema/data/time-zones.json: epoch seconds and offsets in seconds; a link has the data of its canonical zone. */
export const TimeZoneFile = z.strictObject({
  tzdataVersion: z.string(),
  coversUntil: z.int(),
  zones: z.array(z.union([DataZone, LinkZone])),
});
export type TimeZoneFile = z.infer<typeof TimeZoneFile>;

/** A row of `time_zones`, in seconds throughout. */
export interface TimeZoneRow extends ZoneData {
  canonical: string;
  tzdataVersion: string;
}

/** Every name with its own data. @throws TypeError when a link leads nowhere. */
export function expandTimeZones({ tzdataVersion, coversUntil, zones }: TimeZoneFile): TimeZoneRow[] {
  const data = new Map(zones.flatMap((zone) => ('offsets' in zone ? [[zone.name, zone] as const] : [])));
  return zones.map(({ name, canonical }) => {
    const zone = data.get(canonical);
    if (zone === undefined) throw new TypeError(`time zone ${name} is linked to ${canonical}, which has no data`);
    return { name, canonical, tzdataVersion, coversUntil, transitions: zone.transitions, offsets: zone.offsets };
  });
}
