import * as z from 'zod';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const EASTER_RITES = ['western', 'orthodox'] as const;
export const OBSERVED_RULES = ['none', 'monday', 'nearest'] as const;

export type Weekday = (typeof WEEKDAYS)[number];
export type EasterRite = (typeof EASTER_RITES)[number];
export type ObservedRule = (typeof OBSERVED_RULES)[number];

/*
 * These schemas hold the shape only. Times, dates and limits are judged by the checks of services/sla/calendar, so that a
 * refusal carries its own code (`bad_window`, `bad_date`) and the pointer of the field.
 */

const wallTime = z.string().max(8);
const date = z.string().max(10);
const year = z.int();
const years = { from: year.optional(), to: year.optional() };

/** `start` and `end` are `HH:MM` or `HH:MM:SS`; `24:00` as an end only; an end at or before the start lies on the next day. */
export const CalendarWindow = z.strictObject({ start: wallTime, end: wallTime });
export type CalendarWindow = z.infer<typeof CalendarWindow>;

const windows = z.array(CalendarWindow);
const windowsOfDay = windows.default([]);

/** The open windows of an ordinary week; a day left out is closed. */
export const WeeklyWindows = z.strictObject({
  mon: windowsOfDay,
  tue: windowsOfDay,
  wed: windowsOfDay,
  thu: windowsOfDay,
  fri: windowsOfDay,
  sat: windowsOfDay,
  sun: windowsOfDay,
});
export type WeeklyWindows = z.infer<typeof WeeklyWindows>;

/** The hours of one date (`YYYY-MM-DD`) instead of the week's and whatever the holidays say; no windows is a closed day. */
export const CalendarOverride = z.strictObject({ date, windows, label: z.string().min(1).max(120).optional() });
export type CalendarOverride = z.infer<typeof CalendarOverride>;

/** When a holiday falls. `from` and `to` are years, both included; `until` is the last date. */
export const HolidayDates = z.union([
  z.strictObject({ date, until: date.optional() }),
  z.strictObject({ yearly: z.strictObject({ month: z.int(), day: z.int() }), ...years }),
  z.strictObject({
    nth: z.strictObject({ month: z.int(), weekday: z.enum(WEEKDAYS), n: z.literal([1, 2, 3, 4, 5, -1]) }),
    ...years,
  }),
  z.strictObject({ easter: z.strictObject({ offsetDays: z.int(), rite: z.enum(EASTER_RITES) }), ...years }),
]);
export type HolidayDates = z.infer<typeof HolidayDates>;

/** A closure that recurs or not. `id` is stable within its set: an imported entry keeps it from file to file. */
export const HolidayEntry = z.strictObject({
  id: z.string().min(1).max(400),
  label: z.string().min(1).max(120),
  closed: z.union([z.literal('all'), windows]),
  on: HolidayDates,
  observed: z.enum(OBSERVED_RULES).optional(),
});
export type HolidayEntry = z.infer<typeof HolidayEntry>;

/** Offsets of a zone: `offsets[i]` holds from `transitions[i - 1]` until `transitions[i]`. All in seconds, instants since 1970. */
export const ZoneData = z
  .strictObject({
    name: z.string(),
    transitions: z.array(z.int()),
    offsets: z.array(z.int()),
    coversUntil: z.int(),
  })
  .refine(({ transitions, offsets }) => offsets.length === transitions.length + 1, 'one more offset than transitions')
  .refine(({ transitions }) => isIncreasing(transitions), 'transitions must increase');
export type ZoneData = z.infer<typeof ZoneData>;

/** What a calendar snapshot stores: everything its arithmetic needs, so that it gives the same answer for ever. */
export const SnapshotContent = z.strictObject({
  weekly: WeeklyWindows,
  overrides: z.array(CalendarOverride),
  entries: z.array(HolidayEntry),
  zone: ZoneData,
});
export type SnapshotContent = z.infer<typeof SnapshotContent>;

const isIncreasing = (numbers: readonly number[]): boolean =>
  numbers.every((value, index) => index === 0 || value > (numbers[index - 1] as number));
