import type { IdSource } from '#schema/ids.ts';
import { SLA_METRICS, SLA_TRACKS } from '#schema/values.ts';
import { type CancelReason, type Clock, isOpen, type Metric, type Track } from './clock.ts';
import {
  cancel,
  fulfil,
  pause,
  pauses,
  reopen,
  resume,
  revive,
  type SlaLogEntry,
  type Step,
  start,
} from './clock-transitions.ts';
import type { CompiledSla } from './compiled-sla.ts';
import { matchClock } from './match-clock.ts';
import type { MatchFacts } from './match-facts.ts';
import { matchPolicy, termsFor } from './match-policies.ts';
import type { SlaFact } from './sla-facts.ts';
import { newestClock, type SlaState, withClock } from './sla-state.ts';
import { hasRequester, isActive, type SlaTicket } from './sla-ticket.ts';
import type { SnapshotBook } from './snapshot-book.ts';

/** A fact with its circumstances: when, and the ticket before and as the commit leaves it. */
export interface DatedFact {
  fact: SlaFact;
  /** Epoch milliseconds. */
  at: number;
  before: SlaTicket;
  ticket: SlaTicket;
  about: MatchFacts;
  /** For the log. */
  reason: string | null;
}

export interface SlaConfig {
  config: CompiledSla;
  book: SnapshotBook;
  ids: IdSource;
}

export interface SlaStep {
  state: SlaState;
  log: readonly SlaLogEntry[];
}

const RESPONSES = ['first_response', 'next_response'] as const satisfies readonly Metric[];
const TO_THE_END = ['total_resolution', 'requester_wait', 'agent_work'] as const satisfies readonly Metric[];
const RESOLUTIONS = ['first_resolution', ...TO_THE_END] as const satisfies readonly Metric[];

/** What one fact does to the clocks of a ticket. Pure; verbs, jobs, explanation and simulation run this same function. */
export function stepSla(state: SlaState, dated: DatedFact, use: SlaConfig): SlaStep {
  const log: SlaLogEntry[] = [];
  const { at, before, ticket, reason } = dated;
  const step: Step = { at, reason, ticket, before, book: use.book, rules: use.config.rules, ids: use.ids, log };
  const fold: Fold = { step, config: use.config };
  return { state: take(state, dated, fold), log };
}

interface Fold {
  step: Step;
  config: CompiledSla;
}

function take(state: SlaState, { fact, about }: DatedFact, fold: Fold): SlaState {
  switch (fact.type) {
    case 'created':
      return created(matched(state, about, fold), fact.starts, fold);
    case 'restored':
      return revived(state, 'ticket_deleted', fold);
    case 'unmerged':
      return revived(state, 'ticket_merged', fold);
    case 'matched':
      return eachTrack(matched(state, about, fold), (now, track) =>
        SLA_METRICS.reduce((each, metric) => matchClock(each, track, metric, fact, fold), now),
      );
    case 'reopened':
      return eachTrack(state, (now, track) => reopened(now, track, fold));
    case 'responded':
      return eachTrack(state, (now, track) => responded(now, track, fold));
    case 'waiting':
      return eachTrack(state, (now, track) => waiting(now, track, fold));
    case 'status':
      return eachOpen(state, (clock) => byStatus(clock, fold.step));
    case 'settled':
      return eachOpen(state, (clock) => settle(clock, fold.step));
    case 'deleted':
      return eachOpen(state, (clock) => cancel(clock, 'ticket_deleted', fold.step));
    case 'merged':
      return eachOpen(state, (clock) => cancel(clock, 'ticket_merged', fold.step));
  }
}

const eachTrack = (state: SlaState, act: (state: SlaState, track: Track) => SlaState): SlaState =>
  SLA_TRACKS.reduce(act, state);

const eachOpen = (state: SlaState, act: (clock: Clock) => Clock): SlaState =>
  state.clocks.filter(isOpen).reduce((now, clock) => withClock(now, act(clock)), state);

function matched(state: SlaState, about: MatchFacts, { step, config }: Fold): SlaState {
  const match = (track: Track) => matchPolicy(config, track, state.policies[track], step.ticket, about);
  return {
    ...state,
    configRevision: config.revision,
    policies: { customer: match('customer'), internal: match('internal') },
  };
}

function created(state: SlaState, starts: boolean, fold: Fold): SlaState {
  const { ticket } = fold.step;
  if (!starts) return state;
  const metrics: Metric[] = [
    ...(ticket.customerWaitingSince === null ? [] : (['first_response'] as const)),
    'first_resolution',
    'total_resolution',
    ...(hasRequester(ticket) ? (['requester_wait'] as const) : []),
    'agent_work',
  ];
  return eachTrack(state, (now, track) => metrics.reduce((each, metric) => begin(each, track, metric, fold), now));
}

/** The next cycle, unless one is open or nothing is promised. */
function begin(state: SlaState, track: Track, metric: Metric, { step, config }: Fold): SlaState {
  const newest = newestClock(state, track, metric);
  const terms = termsFor(config, state.policies[track], metric, step.ticket);
  if (terms === undefined || (newest !== undefined && isOpen(newest))) return state;
  const cycle = (newest?.cycle ?? 0) + 1;
  return withClock(state, start(terms, { track, metric, cycle, lateStarted: false }, step));
}

function revived(state: SlaState, reason: CancelReason, { step }: Fold): SlaState {
  if (!isActive(step.ticket)) return state;
  return state.clocks
    .filter((clock) => clock.cancelReason === reason && newestClock(state, clock.track, clock.metric) === clock)
    .reduce((now, clock) => withClock(now, revive(clock, step)), state);
}

function reopened(state: SlaState, track: Track, fold: Fold): SlaState {
  const gone = TO_THE_END.reduce((now, metric) => {
    const clock = newestClock(now, track, metric);
    if (clock === undefined || (clock.state !== 'met' && clock.state !== 'late')) return now;
    return clock.reopenMode === 'continue' ? withClock(now, reopen(clock, fold.step)) : begin(now, track, metric, fold);
  }, state);
  return fold.step.ticket.firstResponseAt === null ? gone : begin(gone, track, 'periodic_update', fold);
}

function responded(state: SlaState, track: Track, fold: Fold): SlaState {
  const answered = [...RESPONSES, 'periodic_update' as const].reduce((now, metric) => {
    const clock = newestClock(now, track, metric);
    return clock !== undefined && isOpen(clock) ? withClock(now, fulfil(clock, fold.step)) : now;
  }, state);
  return isActive(fold.step.ticket) ? begin(answered, track, 'periodic_update', fold) : answered;
}

/** The first unanswered message of a turn starts it; those after it move nothing. */
function waiting(state: SlaState, track: Track, fold: Fold): SlaState {
  const { ticket } = fold.step;
  return ticket.firstResponseAt !== null && isActive(ticket) ? begin(state, track, 'next_response', fold) : state;
}

function byStatus(clock: Clock, step: Step): Clock {
  const should = pauses(clock, step.ticket);
  if (clock.state === 'running' && should) return pause(clock, step);
  return clock.state === 'paused' && !should ? resume(clock, step) : clock;
}

function settle(clock: Clock, step: Step): Clock {
  if (RESOLUTIONS.some((metric) => metric === clock.metric)) return fulfil(clock, step);
  return cancel(clock, clock.metric === 'periodic_update' ? 'ticket_settled' : 'no_response_needed', step);
}
