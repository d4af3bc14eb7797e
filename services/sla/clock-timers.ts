import { type Clock, type Metric, type Priority, type Timer, targetMs } from './clock.ts';
import type { CompiledRule } from './compiled-sla.ts';
import type { SnapshotBook } from './snapshot-book.ts';

type Mark = Pick<Timer, 'kind' | 'ruleId' | 'markMs'>;

/** The marks that a clock has by its own terms and by the rules that apply to it. */
function marksOf(clock: Clock, rules: readonly CompiledRule[], priority: Priority): Mark[] {
  const target = targetMs(clock);
  const warn = clock.warnBeforeSeconds;
  const marks: Mark[] = [
    ...(warn === null ? [] : [{ kind: 'warn' as const, ruleId: null, markMs: target - warn * 1000 }]),
    { kind: 'breach', ruleId: null, markMs: target },
    ...rules
      .filter((rule) => applies(rule, clock, priority))
      .map((rule) => ({ kind: 'escalate' as const, ruleId: rule.id, markMs: ruleMark(rule, target) })),
  ];
  return marks.filter(({ markMs }) => markMs > 0);
}

const ruleMark = ({ offsetSeconds, percent }: CompiledRule, target: number): number =>
  percent === null ? target + (offsetSeconds ?? 0) * 1000 : Math.round((target * percent) / 100);

const applies = (
  rule: CompiledRule,
  clock: { policyId: Clock['policyId']; metric: Metric },
  priority: Priority,
): boolean =>
  (rule.policyId === null || rule.policyId === clock.policyId) &&
  rule.metrics.includes(clock.metric) &&
  (rule.priorities.length === 0 || rule.priorities.includes(priority));

/**
 * The timers of an open clock by its present terms. What has fired stays, repeats move by the change of the target, and
 * an unfired one keeps its instant only when it has passed its mark already.
 */
export function armTimers(
  clock: Clock,
  { rules, priority, shiftMs = 0 }: { rules: readonly CompiledRule[]; priority: Priority; shiftMs?: number },
): Timer[] {
  const marks = marksOf(clock, rules, priority);
  const armed = marks.map((mark): Timer => {
    const known = clock.timers.find((timer) => timer.repeatNo === 0 && isOf(timer, mark));
    if (known === undefined) return { ...mark, repeatNo: 0, arming: 0, fireAt: null, firedAt: null };
    if (known.firedAt !== null && mark.kind === 'breach' && clock.breachedAt === null)
      return rearmed(known, mark.markMs);
    return known.firedAt !== null || known.markMs === mark.markMs
      ? known
      : { ...known, markMs: mark.markMs, fireAt: null };
  });
  const repeats = clock.timers
    .filter((timer) => timer.repeatNo > 0 && timer.firedAt === null && marks.some((mark) => isOf(timer, mark)))
    .map((timer) => ({
      ...timer,
      markMs: Math.max(1, timer.markMs + shiftMs),
      fireAt: shiftMs === 0 ? timer.fireAt : null,
    }));
  const fired = clock.timers.filter(
    (timer) => timer.firedAt !== null && !marks.some((mark) => timer.repeatNo === 0 && isOf(timer, mark)),
  );
  return [...fired, ...armed, ...repeats];
}

const isOf = (timer: Timer, mark: Mark): boolean => timer.kind === mark.kind && timer.ruleId === mark.ruleId;

/**
 * Gives each unfired timer its instant. Running: when its mark will be reached, or `at` when it has been and no instant
 * was noted; paused: none, unless the mark was passed before. Time that cannot be computed gives none.
 */
export function placeTimers(clock: Clock, at: number, book: SnapshotBook): Clock {
  const timers = clock.timers.map((timer): Timer => {
    if (timer.firedAt !== null) return timer;
    if (timer.markMs <= clock.consumedMs) {
      const noted = timer.fireAt !== null && timer.fireAt <= at;
      return noted || clock.state === 'paused' ? timer : { ...timer, fireAt: at };
    }
    if (clock.state !== 'running' || clock.segmentStartedAt === null) return { ...timer, fireAt: null };
    if (timer.kind === 'breach') return { ...timer, fireAt: clock.dueAt };
    const reached = book.add(clock, clock.segmentStartedAt, timer.markMs - clock.consumedMs);
    return { ...timer, fireAt: 'at' in reached ? reached.at : null };
  });
  return { ...clock, timers };
}

/** Fired now, by whoever came before the sweep. */
export const fireBreach = (timers: readonly Timer[], at: number): Timer[] =>
  timers.map((timer) => (timer.kind === 'breach' && timer.firedAt === null ? { ...timer, firedAt: at } : timer));

/** After a withdrawn breach the timer may fire once more. */
export const rearmBreach = (timers: readonly Timer[], fireAt: number | null): Timer[] =>
  timers.map((timer) =>
    timer.kind === 'breach' && timer.firedAt !== null ? { ...rearmed(timer, timer.markMs), fireAt } : timer,
  );

/** `arming` tells the next event from the one that was taken back. */
const rearmed = (timer: Timer, markMs: number): Timer => ({
  ...timer,
  markMs,
  firedAt: null,
  fireAt: null,
  arming: timer.arming + 1,
});

/** Settling forgets what has not fired. */
export const firedOnly = (timers: readonly Timer[]): Timer[] => timers.filter((timer) => timer.firedAt !== null);
