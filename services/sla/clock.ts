import type { Id } from '#schema/ids.ts';
import type { StoredPauseRule } from '#schema/tables/sla-shapes.ts';
import type { SLA_EVENT_TYPES } from '#schema/tables/sla-values.ts';
import type {
  CANCEL_REASONS,
  CLOCK_STATES,
  COMBINES,
  DUE_ERRORS,
  REOPEN_MODES,
  SLA_METRICS,
  SLA_TRACKS,
  TICKET_PRIORITIES,
  TIMER_KINDS,
  ValueOf,
} from '#schema/values.ts';

export type Track = ValueOf<typeof SLA_TRACKS>;
export type Metric = ValueOf<typeof SLA_METRICS>;
export type Priority = ValueOf<typeof TICKET_PRIORITIES>;
export type CancelReason = ValueOf<typeof CANCEL_REASONS>;
export type SlaEventType = ValueOf<typeof SLA_EVENT_TYPES>;

/** What a clock was promised under; copied from the target, so that an edit of the policy moves nothing by itself. */
export interface ClockTerms {
  policyId: Id<'sla'>;
  policyVersion: number;
  configRevision: number;
  targetSeconds: number;
  warnBeforeSeconds: number | null;
  /** Empty: round the clock. */
  snapshotIds: readonly Id<'csnap'>[];
  combine: ValueOf<typeof COMBINES>;
  pauseRule: StoredPauseRule;
  reopenMode: ValueOf<typeof REOPEN_MODES>;
}

/** A mark on a clock's consumption. Instants are epoch milliseconds, here and in every shape of the engine. */
export interface Timer {
  kind: ValueOf<typeof TIMER_KINDS>;
  ruleId: Id<'esc'> | null;
  repeatNo: number;
  arming: number;
  markMs: number;
  fireAt: number | null;
  firedAt: number | null;
}

/** The ticket as it was when the outcome came; history. */
export interface Outcome {
  priority: Priority | null;
  teamId: Id<'team'> | null;
  inboxId: Id<'inbox'> | null;
  assigneePrincipalId: Id<'prin'> | null;
}

export interface Clock extends ClockTerms, Outcome {
  id: Id<'slac'>;
  ticketId: Id<'tkt'>;
  track: Track;
  metric: Metric;
  cycle: number;
  state: ValueOf<typeof CLOCK_STATES>;
  startedAt: number;
  lateStarted: boolean;
  segmentStartedAt: number | null;
  consumedMs: number;
  dueAt: number | null;
  dueError: ValueOf<typeof DUE_ERRORS> | null;
  breachedAt: number | null;
  settledAt: number | null;
  cancelReason: CancelReason | null;
  latenessMs: number | null;
  calcVersion: number;
  /** Hex of the last link of the receipt chain. */
  inputsHash: string;
  timers: readonly Timer[];
  /** No fact is dated before the one that the clock last took. */
  lastEventAt: number;
}

export const isOpen = (clock: Clock): boolean => clock.state === 'running' || clock.state === 'paused';

export const targetMs = (clock: Pick<Clock, 'targetSeconds'>): number => clock.targetSeconds * 1000;

export const remainingMs = (clock: Pick<Clock, 'targetSeconds' | 'consumedMs'>): number =>
  Math.max(0, targetMs(clock) - clock.consumedMs);
