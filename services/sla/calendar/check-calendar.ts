import type { SnapshotContent } from '#schema/business-calendar.ts';
import type { FieldError } from '#schema/errors.ts';
import { addBusinessTime } from './add-business-time.ts';
import type { CalendarSet } from './calendar.ts';
import { checkBytes } from './check-bytes.ts';
import { badField } from './check-weekly.ts';

const MAX_SNAPSHOT_BYTES = 256 * 1024;

/** `known` is whether the zone table has the name; an offset such as `+02:00` is in no table. */
export const checkTimeZone = (name: string, known: boolean, pointer = '/timeZone'): FieldError[] =>
  known ? [] : [badField(pointer, 'unknown_time_zone', `${name.slice(0, 64)} is not an IANA time zone`)];

/** A calendar and its holiday sets together may exceed what one snapshot holds. */
export const checkSnapshotSize = (content: SnapshotContent, pointer = ''): FieldError[] =>
  checkBytes(content, MAX_SNAPSHOT_BYTES, pointer, 'config_too_large');

/** `no_open_time` when `ms` of business time from `now` end beyond the horizon: such a deadline would never come. */
export function checkDueDate(set: CalendarSet, now: number, ms: number, pointer: string): FieldError[] {
  const due = addBusinessTime(set, now, ms);
  if ('at' in due) return [];
  const detail =
    due.error === 'no_open_time'
      ? 'not enough open time within 4,000 days for this duration'
      : 'the time zone data end before this duration is over';
  return [badField(pointer, 'no_open_time', detail)];
}
