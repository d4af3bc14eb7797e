import type { CalendarWindow } from '#schema/business-calendar.ts';
import { DAY_MS } from './civil-day.ts';
import { type Spans, spansOf } from './spans.ts';

const WALL_TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const END_OF_DAY = '24:00';

/**
 * A window in milliseconds after the wall clock's midnight of its date; its end is at most two days after that midnight.
 * Undefined when a time is malformed or the window is empty.
 */
export function windowSpan({ start, end }: CalendarWindow): readonly [from: number, to: number] | undefined {
  const from = wallTimeMs(start);
  const to = end === END_OF_DAY ? DAY_MS : wallTimeMs(end);
  if (from === undefined || to === undefined || from === to) return undefined;
  return [from, to < from ? to + DAY_MS : to];
}

/** The union of a date's windows. @throws RangeError: windows are stored only after they were checked. */
export const windowSpans = (windows: readonly CalendarWindow[]): Spans =>
  spansOf(
    windows.map((window) => {
      const span = windowSpan(window);
      if (span === undefined) throw new RangeError(`unchecked window: ${window.start}–${window.end}`);
      return span;
    }),
  );

function wallTimeMs(text: string): number | undefined {
  const match = WALL_TIME.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds = '0'] = match;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}
