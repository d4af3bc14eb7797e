import type { FieldError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { StoredCondition } from '#schema/tables/sla-shapes.ts';
import { REOPENABLE_METRICS } from '#schema/tables/sla-values.ts';
import {
  ACTIVE_CATEGORIES,
  type CALENDAR_MODES,
  type COMBINES,
  type REOPEN_MODES,
  type ValueOf,
} from '#schema/values.ts';
import { ALWAYS_OPEN, calendarOf } from './calendar/calendar.ts';
import { checkDueDate } from './calendar/check-calendar.ts';
import { badField } from './calendar/check-weekly.ts';
import type { Metric, Priority, Track } from './clock.ts';
import type { CompiledTarget } from './compiled-sla.ts';
import type { SlaSetup } from './sla-setup.ts';

const MAX_TARGETS = 35;
const MAX_CALENDARS_A_TARGET = 4;
const MAX_TARGET_SECONDS = 36_000_000;

export interface SlaTargetInput {
  metric: Metric;
  /** Null, or left out: every priority without a target of its own. */
  priority?: Priority | null;
  targetSeconds: number;
  warnBeforeSeconds?: number | null;
  calendarMode?: ValueOf<typeof CALENDAR_MODES>;
  combine?: ValueOf<typeof COMBINES>;
  /** Up to four; none is round the clock. */
  calendarIds?: readonly Id<'bh'>[];
  /** Left out: as the metric does by default. */
  pauseCategories?: readonly ValueOf<typeof ACTIVE_CATEGORIES>[];
  pauseStatusIds?: readonly Id<'tstat'>[];
  reopenMode?: ValueOf<typeof REOPEN_MODES>;
}

export interface SlaPolicyInput {
  name: string;
  description?: string | null;
  track?: Track;
  enabled?: boolean;
  conditions?: StoredCondition;
  targets: readonly SlaTargetInput[];
}

const DEFAULT_PAUSES: Partial<Record<Metric, readonly ValueOf<typeof ACTIVE_CATEGORIES>[]>> = {
  first_resolution: ['pending'],
  requester_wait: ['pending'],
  agent_work: ['pending', 'on_hold'],
};

/** A target with its defaults filled in. */
export const targetOfInput = (input: SlaTargetInput): CompiledTarget => ({
  metric: input.metric,
  priority: input.priority ?? null,
  targetSeconds: input.targetSeconds,
  warnBeforeSeconds: input.warnBeforeSeconds ?? null,
  calendarMode: input.calendarMode ?? 'fixed',
  combine: input.combine ?? 'any',
  calendarIds: [...new Set(input.calendarIds ?? [])],
  pauseRule: {
    categories: [...new Set(input.pauseCategories ?? DEFAULT_PAUSES[input.metric] ?? [])],
    statusIds: [...new Set(input.pauseStatusIds ?? [])],
  },
  reopenMode: input.reopenMode ?? 'continue',
});

/** `bad_target`, `unknown_reference`, `too_many`, and `no_open_time` for a deadline that would never come. `now` in ms. */
export function checkTargets(targets: readonly CompiledTarget[], setup: SlaSetup, now: number): FieldError[] {
  if (targets.length > MAX_TARGETS) return [badField('/targets', 'too_many', `at most ${MAX_TARGETS} targets`)];
  const seen = new Set<string>();
  return targets.flatMap((target, i) => {
    const pointer = `/targets/${i}`;
    const key = `${target.metric} ${target.priority}`;
    const errors = [...checkTarget(target, pointer), ...checkReferences(target, setup, pointer)];
    if (seen.has(key))
      errors.push(badField(pointer, 'bad_target', 'this metric has a target for this priority already'));
    seen.add(key);
    return errors.length > 0 ? errors : checkDue(target, setup, now, pointer);
  });
}

function checkTarget(target: CompiledTarget, pointer: string): FieldError[] {
  const { targetSeconds: seconds, warnBeforeSeconds: warn } = target;
  const errors: FieldError[] = [];
  const bad = (field: string, detail: string) => errors.push(badField(`${pointer}/${field}`, 'bad_target', detail));
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > MAX_TARGET_SECONDS) {
    bad('targetSeconds', `expected 1 to ${MAX_TARGET_SECONDS} whole seconds`);
  }
  if (warn !== null && (!Number.isSafeInteger(warn) || warn < 1 || warn >= seconds)) {
    bad('warnBeforeSeconds', 'a warning comes at least a second before the deadline and after the start');
  }
  if (target.reopenMode === 'restart' && !REOPENABLE_METRICS.some((metric) => metric === target.metric)) {
    bad('reopenMode', 'this metric does not start again');
  }
  if (target.pauseRule.categories.some((category) => !ACTIVE_CATEGORIES.includes(category))) {
    bad('pauseCategories', 'a clock ends with a solved or closed ticket and cannot pause there');
  }
  if (target.calendarIds.length > MAX_CALENDARS_A_TARGET)
    bad('calendarIds', `at most ${MAX_CALENDARS_A_TARGET} calendars`);
  return errors;
}

function checkReferences(target: CompiledTarget, setup: SlaSetup, pointer: string): FieldError[] {
  const calendars = target.calendarIds.filter((id) => !setup.calendars.some((calendar) => calendar.id === id));
  const statuses = target.pauseRule.statusIds.map((id) => setup.statuses.find((status) => status.id === id)?.category);
  return [
    ...calendars.map((id) => badField(`${pointer}/calendarIds`, 'unknown_reference', `there is no calendar ${id}`)),
    ...statuses.flatMap((category) => {
      if (category === undefined)
        return [badField(`${pointer}/pauseStatusIds`, 'unknown_reference', 'there is no such status')];
      const active = ACTIVE_CATEGORIES.some((each) => each === category);
      return active
        ? []
        : [badField(`${pointer}/pauseStatusIds`, 'bad_target', 'a clock cannot pause in a settled status')];
    }),
  ];
}

function checkDue(target: CompiledTarget, setup: SlaSetup, now: number, pointer: string): FieldError[] {
  const calendars = setup.calendars
    .filter(({ id }) => target.calendarIds.includes(id))
    .map(({ snapshot }) => calendarOf(snapshot.content));
  const set = calendars.length === 0 ? ALWAYS_OPEN : { calendars, combine: target.combine };
  return checkDueDate(set, now, target.targetSeconds * 1000, `${pointer}/targetSeconds`);
}
