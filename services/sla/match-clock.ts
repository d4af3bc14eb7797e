import { type Clock, isOpen, type Metric, type Track } from './clock.ts';
import { armTimers, placeTimers } from './clock-timers.ts';
import { cancel, retarget, revive, type Step, start } from './clock-transitions.ts';
import type { CompiledSla } from './compiled-sla.ts';
import { sameTerms, termsFor } from './match-policies.ts';
import { newestClock, type SlaState, withClock } from './sla-state.ts';
import { hasRequester, isActive } from './sla-ticket.ts';

/** What the same commit brings after the match, and what therefore starts by itself. */
interface Coming {
  responded: boolean;
  waiting: boolean;
}

/** Brings one metric in line with what is promised now: takes new terms, cancels, revives, or starts late. */
export function matchClock(
  state: SlaState,
  track: Track,
  metric: Metric,
  coming: Coming,
  { step, config }: { step: Step; config: CompiledSla },
): SlaState {
  const clock = newestClock(state, track, metric);
  const policy = state.policies[track];
  const terms = termsFor(config, policy, metric, step.ticket);
  if (clock !== undefined && isOpen(clock)) {
    if (terms === undefined)
      return withClock(state, cancel(clock, policy.policyId === null ? 'no_policy' : 'target_removed', step));
    return withClock(state, sameTerms(clock, terms) ? rearmed(clock, step) : retarget(clock, terms, step));
  }
  if (terms === undefined || !isActive(step.ticket)) return state;
  if (clock?.cancelReason === 'no_policy' || clock?.cancelReason === 'target_removed') {
    const open = revive(clock, step);
    return withClock(state, sameTerms(open, terms) ? open : retarget(open, terms, step));
  }
  if (!startsLate(metric, clock, coming, step)) return state;
  const cycle = (clock?.cycle ?? 0) + 1;
  return withClock(state, start(terms, { track, metric, cycle, lateStarted: true }, step));
}

/** The promise is the same, but another priority may answer to other rules. */
function rearmed(clock: Clock, step: Step): Clock {
  const timers = armTimers(clock, { rules: step.rules, priority: step.ticket.priority });
  const same = timers.length === clock.timers.length && timers.every((timer) => clock.timers.includes(timer));
  return same ? clock : placeTimers({ ...clock, timers }, step.at, step.book);
}

/** A metric whose own start has passed when a target comes to apply starts at that instant. */
function startsLate(metric: Metric, clock: Clock | undefined, coming: Coming, { ticket }: Step): boolean {
  const answered = ticket.firstResponseAt !== null;
  const waits = ticket.customerWaitingSince !== null;
  switch (metric) {
    case 'first_response':
      return clock === undefined && !answered && waits;
    case 'next_response':
      return answered && waits && !coming.waiting;
    case 'first_resolution':
      return clock === undefined && ticket.firstSolvedAt === null;
    case 'periodic_update':
      return answered && !coming.responded;
    case 'requester_wait':
      return clock === undefined && hasRequester(ticket);
    case 'total_resolution':
    case 'agent_work':
      return clock === undefined;
  }
}
