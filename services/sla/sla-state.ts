import type { Id } from '#schema/ids.ts';
import type { Clock, Track } from './clock.ts';
import type { CompiledSla, CompiledSnapshot } from './compiled-sla.ts';

export interface TrackPolicy {
  policyId: Id<'sla'> | null;
  policyVersion: number | null;
  pinned: boolean;
}

/** What is promised about one ticket: its row of `ticket_sla` and the newest clock of each track and metric. */
export interface SlaState {
  policies: Readonly<Record<Track, TrackPolicy>>;
  /** Of the last match. */
  configRevision: number;
  clocks: readonly Clock[];
}

const NO_POLICY: TrackPolicy = { policyId: null, policyVersion: null, pinned: false };

export const NO_STATE: SlaState = {
  policies: { customer: NO_POLICY, internal: NO_POLICY },
  configRevision: 0,
  clocks: [],
};

/** A ticket's state with the snapshots under which its clocks run. */
export interface LoadedSlaState {
  state: SlaState;
  snapshots: readonly CompiledSnapshot[];
}

/** `state` is null for a ticket that the commit makes. */
export interface LoadedSla {
  config: CompiledSla;
  state: LoadedSlaState | null;
}

export const newestClock = (state: SlaState, track: Track, metric: Clock['metric']): Clock | undefined =>
  state.clocks.filter((clock) => clock.track === track && clock.metric === metric).sort((a, b) => b.cycle - a.cycle)[0];

/** The state with this clock instead of what it was, or beside the others when it is new. */
export function withClock(state: SlaState, clock: Clock): SlaState {
  const known = state.clocks.findIndex(({ id }) => id === clock.id);
  if (state.clocks[known] === clock) return state;
  return { ...state, clocks: known < 0 ? [...state.clocks, clock] : state.clocks.with(known, clock) };
}
