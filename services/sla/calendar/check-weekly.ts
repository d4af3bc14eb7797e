import { type CalendarWindow, WEEKDAYS, type WeeklyWindows } from '#schema/business-calendar.ts';
import type { FieldError } from '#schema/errors.ts';
import { windowSpan } from './window-span.ts';

export const MAX_WINDOWS_A_DAY = 12;

export const checkWeekly = (weekly: WeeklyWindows, pointer = '/weekly'): FieldError[] =>
  WEEKDAYS.flatMap((weekday) => checkWindows(weekly[weekday], `${pointer}/${weekday}`, MAX_WINDOWS_A_DAY));

/** Malformed and empty windows, and more of them than `max`: all `bad_window`. */
export function checkWindows(windows: readonly CalendarWindow[], pointer: string, max: number): FieldError[] {
  const tooMany = windows.length > max ? [badField(pointer, 'bad_window', `at most ${max} windows`)] : [];
  const broken = windows.flatMap((window, index) =>
    windowSpan(window) === undefined
      ? [
          badField(
            `${pointer}/${index}`,
            'bad_window',
            'expected two different times HH:MM or HH:MM:SS, 24:00 as the end only',
          ),
        ]
      : [],
  );
  return [...tooMany, ...broken];
}

export const badField = (pointer: string, code: string, detail: string): FieldError => ({
  in: 'body',
  pointer,
  code,
  detail,
});
