import type { Id } from '../ids.ts';
import type { ACTIVE_CATEGORIES, ON_CLOSED_REPLY, ValueOf } from '../values.ts';

/** Wall times `HH:MM` or `HH:MM:SS`; `24:00` as an end only; an end not after its start lies on the next day. */
export interface StoredWindow {
  start: string;
  end: string;
}

export type StoredWeek = Record<'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun', StoredWindow[]>;

/** What is open on one local date, instead of its weekly windows and closures. */
export interface StoredOverride {
  date: string;
  windows: StoredWindow[];
  label?: string;
}

interface YearRange {
  from?: number;
  to?: number;
}

export type StoredHolidayRule =
  | { date: string; until?: string }
  | ({ yearly: { month: number; day: number } } & YearRange)
  | ({ nth: { month: number; weekday: keyof StoredWeek; n: 1 | 2 | 3 | 4 | 5 | -1 } } & YearRange)
  | ({ easter: { offsetDays: number; rite: 'western' | 'orthodox' } } & YearRange);

export interface StoredHoliday {
  id: string;
  label: string;
  closed: 'all' | StoredWindow[];
  on: StoredHolidayRule;
  observed?: 'none' | 'monday' | 'nearest';
}

export type StoredCondition =
  | { all: StoredCondition[] }
  | { any: StoredCondition[] }
  | { not: StoredCondition }
  | { field: string; op: string; value?: unknown };

export interface StoredPauseRule {
  categories: ValueOf<typeof ACTIVE_CATEGORIES>[];
  statusIds: Id<'tstat'>[];
}

export interface StoredFallback {
  principalIds: Id<'prin'>[];
  teamIds: Id<'team'>[];
}

/** A missing key falls to the next level: mail channel, inbox, workspace. `null` is a value: no end, never. */
export interface StoredTicketOverrides {
  reopenWindowDays?: number | null;
  onClosedReply?: ValueOf<typeof ON_CLOSED_REPLY>;
  autoCloseDays?: number | null;
}
