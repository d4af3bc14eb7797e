import type { SLA_UPDATES } from '#schema/events/sla-events.ts';
import type { IdSource } from '#schema/ids.ts';
import { type Id, newId } from '#schema/ids.ts';
import {
  type CancelReason,
  type Clock,
  type ClockTerms,
  type Metric,
  type Outcome,
  remainingMs,
  type SlaEventType,
  type Track,
  targetMs,
} from './clock.ts';
import { CALC_VERSION, nextLink } from './clock-receipt.ts';
import { armTimers, fireBreach, firedOnly, placeTimers, rearmBreach } from './clock-timers.ts';
import type { CompiledRule } from './compiled-sla.ts';
import { type SlaTicket, teamOf } from './sla-ticket.ts';
import type { SnapshotBook } from './snapshot-book.ts';

/** One line of a clock's log, with the clock as the line left it. */
export interface SlaLogEntry {
  type: SlaEventType;
  at: number;
  reason: string | null;
  clock: Clock;
  previousDueAt: number | null;
  previousOutcomeAt: number | null;
}

/** What every transition leans on. `at` is when it happens; transitions add to `log`. */
export interface Step {
  at: number;
  reason: string | null;
  /** As the commit leaves it: the status after the commit decides between running and paused. */
  ticket: SlaTicket;
  /** As it was until now, for what a late discovery freezes. */
  before: SlaTicket;
  book: SnapshotBook;
  rules: readonly CompiledRule[];
  ids: IdSource;
  log: SlaLogEntry[];
}

export type SlaUpdate = (typeof SLA_UPDATES)[number];

const NO_OUTCOME: Outcome = { priority: null, teamId: null, inboxId: null, assigneePrincipalId: null };
const STOPPED = { segmentStartedAt: null, dueAt: null, dueError: null } as const;

export function start(
  terms: ClockTerms,
  about: { track: Track; metric: Metric; cycle: number; lateStarted: boolean },
  step: Step,
): Clock {
  const clock: Clock = {
    ...terms,
    ...about,
    ...NO_OUTCOME,
    ...STOPPED,
    id: newId(step.ids, 'slac') as Id<'slac'>,
    ticketId: step.ticket.id,
    state: 'paused',
    startedAt: step.at,
    consumedMs: 0,
    breachedAt: null,
    settledAt: null,
    cancelReason: null,
    latenessMs: null,
    calcVersion: CALC_VERSION,
    inputsHash: '',
    timers: [],
    lastEventAt: step.at,
  };
  return noted(armed(byStatus(clock, step), step), 'started', step);
}

export function pause(clock: Clock, step: Step): Clock {
  const now = dated(clock, step);
  const stopped: Clock = { ...bank(advance(clock, now), now), ...STOPPED, state: 'paused' };
  return noted(placeTimers(stopped, now.at, step.book), 'paused', now, clock);
}

export function resume(clock: Clock, step: Step): Clock {
  const now = dated(clock, step);
  return noted(placeTimers(run(clock, now), now.at, step.book), 'resumed', now, clock);
}

/** Met at the deadline itself, late one millisecond after it. */
export function fulfil(clock: Clock, step: Step): Clock {
  const now = dated(clock, step);
  const banked = bank(advance(clock, now), now);
  const late = banked.breachedAt !== null;
  const settled: Clock = {
    ...banked,
    ...STOPPED,
    ...(late ? {} : outcomeOf(step.ticket)),
    state: late ? 'late' : 'met',
    settledAt: now.at,
    latenessMs: late ? Math.max(0, banked.consumedMs - targetMs(banked)) : null,
    timers: firedOnly(banked.timers),
  };
  return noted(settled, 'fulfilled', now, clock);
}

export function cancel(clock: Clock, reason: CancelReason, step: Step): Clock {
  const now = { ...dated(clock, step), reason };
  const banked = bank(advance(clock, now), now);
  const settled: Clock = {
    ...banked,
    ...STOPPED,
    state: 'cancelled',
    settledAt: now.at,
    cancelReason: reason,
    timers: firedOnly(banked.timers),
  };
  return noted(settled, 'cancelled', now, clock);
}

/** Time consumed is kept, counted under the hours it ran under; what is left runs under the new ones. */
export function retarget(
  clock: Clock,
  terms: ClockTerms,
  step: Step,
  type: 'retargeted' | 'recalculated' = 'retargeted',
): Clock {
  const now = dated(clock, step);
  const banked = bank(advance(clock, now), now);
  const shiftMs = targetMs(terms) - targetMs(banked);
  let next: Clock = { ...banked, ...terms };
  if (next.breachedAt !== null && remainingMs(next) > 0) next = withdraw(next, null, now);
  const previous = { ...clock, dueAt: banked.dueAt };
  return noted(armed(byStatus(next, now), now, shiftMs), type, now, previous);
}

/** A promise to the end of the ticket goes on with what it had consumed; one that was late stays breached. */
export function reopen(clock: Clock, step: Step): Clock {
  const now = dated(clock, step);
  const wasMet = clock.state === 'met';
  const open: Clock = { ...clock, ...(wasMet ? NO_OUTCOME : {}), settledAt: null, latenessMs: null };
  const outcomeAt = clock.breachedAt ?? clock.settledAt;
  return noted(armed(byStatus(open, now), now), 'reopened', now, clock, outcomeAt);
}

/** A cancelled clock stands where it stood; the time between is not counted. */
export function revive(clock: Clock, step: Step): Clock {
  const now = dated(clock, step);
  const open: Clock = { ...clock, settledAt: null, cancelReason: null };
  return noted(armed(byStatus(open, now), now), 'revived', now, clock);
}

export const pauses = ({ pauseRule }: Pick<ClockTerms, 'pauseRule'>, ticket: SlaTicket): boolean =>
  pauseRule.statusIds.includes(ticket.statusId) || pauseRule.categories.some((each) => each === ticket.statusCategory);

/**
 * Before every transition of a running clock. Past the deadline and not breached: it is, since the deadline, whoever
 * notices. Breached though this fact came in time: the sweep overtook it, and the breach is taken back.
 */
function advance(clock: Clock, step: Step): Clock {
  if (clock.state !== 'running' || clock.dueAt === null) return clock;
  if (clock.breachedAt === null && step.at > clock.dueAt) {
    const breached: Clock = {
      ...clock,
      ...outcomeOf(step.before),
      breachedAt: clock.dueAt,
      timers: fireBreach(clock.timers, step.at),
    };
    step.log.push(entry(breached, 'breached', { ...step, at: clock.dueAt }, clock));
    return breached;
  }
  return clock.breachedAt !== null && step.at <= clock.dueAt ? withdraw(clock, clock.dueAt, step) : clock;
}

function withdraw(clock: Clock, fireAt: number | null, step: Step): Clock {
  const clean: Clock = { ...clock, ...NO_OUTCOME, breachedAt: null, timers: rearmBreach(clock.timers, fireAt) };
  step.log.push(entry(clean, 'breach_withdrawn', step, clock, clock.breachedAt));
  return clean;
}

const bank = (clock: Clock, step: Step): Clock =>
  clock.segmentStartedAt === null
    ? clock
    : { ...clock, consumedMs: clock.consumedMs + step.book.between(clock, clock.segmentStartedAt, step.at) };

const byStatus = (clock: Clock, step: Step): Clock =>
  pauses(clock, step.ticket) ? { ...clock, ...STOPPED, state: 'paused' } : run(clock, step);

/** There is no free minute: a clock that was breached stays due when it was. */
function run(clock: Clock, step: Step): Clock {
  const due = clock.breachedAt === null ? step.book.add(clock, step.at, remainingMs(clock)) : { at: clock.breachedAt };
  const running: Clock = {
    ...clock,
    state: 'running',
    segmentStartedAt: step.at,
    dueAt: 'at' in due ? due.at : null,
    dueError: 'error' in due ? due.error : null,
  };
  if (running.dueError !== null && running.dueError !== clock.dueError)
    step.log.push(entry(running, 'error', step, clock));
  if (running.dueError === null && clock.dueError !== null) step.log.push(entry(running, 'error_cleared', step, clock));
  return running;
}

const armed = (clock: Clock, step: Step, shiftMs = 0): Clock => {
  const timers = armTimers(clock, { rules: step.rules, priority: step.ticket.priority, shiftMs });
  return placeTimers({ ...clock, timers }, step.at, step.book);
};

/** Facts may be older than what a clock has seen already, as a mail that was long under way. */
const dated = (clock: Clock, step: Step): Step => ({ ...step, at: Math.max(step.at, clock.lastEventAt) });

const outcomeOf = (ticket: SlaTicket): Outcome => ({
  priority: ticket.priority,
  teamId: teamOf(ticket),
  inboxId: ticket.inboxId,
  assigneePrincipalId: ticket.assigneePrincipalId,
});

/** Ends a transition: its link of the receipt and its line in the log. */
function noted(clock: Clock, type: SlaEventType, step: Step, previous?: Clock, outcomeAt: number | null = null): Clock {
  const linked: Clock = { ...clock, inputsHash: nextLink(clock, type, step.at, step.book), lastEventAt: step.at };
  step.log.push(entry(linked, type, step, previous, outcomeAt));
  return linked;
}

const entry = (
  clock: Clock,
  type: SlaEventType,
  { at, reason }: Pick<Step, 'at' | 'reason'>,
  previous?: Clock,
  previousOutcomeAt: number | null = null,
): SlaLogEntry => ({ type, at, reason, clock, previousDueAt: previous?.dueAt ?? null, previousOutcomeAt });
