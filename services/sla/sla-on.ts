import type { TicketReference } from '#schema/events/ticket-reference.ts';
import type { Id, IdSource } from '#schema/ids.ts';
import { type ActorRow, systemActor } from '#services/kernel/actor.ts';
import type { ActivityDraft, EventDraft } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Wake } from '#services/kernel/wake.ts';
import { isOpen } from './clock.ts';
import type { SlaLogEntry } from './clock-transitions.ts';
import type { MatchFacts } from './match-facts.ts';
import { factsOf } from './sla-facts.ts';
import { type LoadedSla, NO_STATE, type SlaState } from './sla-state.ts';
import { activityOf, eventOf, placesOf } from './sla-tellings.ts';
import type { SlaTicket } from './sla-ticket.ts';
import { slaWake, WAKE_AHEAD_MS } from './sla-wake.ts';
import { slaWrites } from './sla-writes.ts';
import { snapshotBook } from './snapshot-book.ts';
import { stepSla } from './step-sla.ts';

export type SlaCause =
  | 'created'
  | 'message'
  | 'status'
  | 'fields'
  | 'deleted'
  | 'restored'
  | 'merged'
  | 'unmerged'
  | 'wake';

export interface SlaInput {
  /** Only labels the log; the facts come from the difference. */
  cause: SlaCause;
  /** Null on creation. */
  before: SlaTicket | null;
  /** As the commit leaves the ticket. */
  after: SlaTicket;
  /** The message that this commit adds, unless it is the opening. */
  message?: { countsAsResponse: boolean };
  /** What policy conditions may ask beyond the row, as the commit leaves it. */
  about?: MatchFacts;
  /** The same before the commit, when it changes. */
  aboutBefore?: MatchFacts;
  loaded: LoadedSla;
  /** When it happened: the verb's first `now`, or a mail's receipt. */
  now: Date;
  ids: IdSource;
  /** Who caused it, for the log of the clocks; by default the system. */
  actor?: ActorRow;
  /** The ticket as its events show it after the commit. */
  reference: TicketReference;
  /** False for imports and backfills: the ticket is matched, and no clock starts. */
  startSla?: boolean;
}

export interface SlaEffect {
  /** At most two; after the ticket's own root write. */
  writes: Statement[];
  events: EventDraft[];
  activity: ActivityDraft[];
  /** For the ticket's root write. */
  mirrors: { slaPolicyId: Id<'sla'> | null; slaNextDueAt: Date | null };
  wakes: Wake[];
}

export type { LoadedSla, SlaTicket };

/** What a change of a ticket does to its promises. Every commit that writes a ticket or a message carries it. */
export function slaOn(input: SlaInput): SlaEffect {
  const { after, loaded, reference } = input;
  const before = input.before ?? after;
  const was = loaded.state?.state ?? NO_STATE;
  const book = snapshotBook(loaded.config.snapshots, loaded.state?.snapshots ?? []);
  const use = { config: loaded.config, book, ids: input.ids };
  const circumstances = {
    at: input.now.getTime(),
    before,
    ticket: after,
    about: input.about ?? {},
    reason: input.cause,
  };
  const log: SlaLogEntry[] = [];
  const now = factsOf(input, loaded.config).reduce((state, fact) => {
    const step = stepSla(state, { ...circumstances, fact }, use);
    log.push(...step.log);
    return step.state;
  }, was);
  const actor = input.actor ?? systemActor();
  const told = { ...placesOf(before, after), now: input.now.getTime() };
  return {
    writes: slaWrites({ ticketId: after.id, was, now, log, actor, recordedAt: input.now }),
    events: log.map((line) => eventOf(line, reference, told)).filter((draft) => draft !== undefined),
    activity: activityOf(was, now, log, { id: after.id, revision: input.before === null ? 1 : before.revision + 1 }),
    mirrors: mirrorsOf(now),
    wakes: wakesOf(was, now, input.now.getTime()),
  };
}

/** The customer's promise alone is shown in lists. */
function mirrorsOf(state: SlaState): SlaEffect['mirrors'] {
  const due = state.clocks
    .filter((clock) => clock.track === 'customer' && isOpen(clock))
    .map((clock) => clock.dueAt)
    .filter((dueAt) => dueAt !== null);
  return {
    slaPolicyId: state.policies.customer.policyId,
    slaNextDueAt: due.length === 0 ? null : new Date(Math.min(...due)),
  };
}

function wakesOf(was: SlaState, now: SlaState, at: number): Wake[] {
  const soon = now.clocks
    .filter((clock) => isOpen(clock) && !was.clocks.includes(clock))
    .flatMap((clock) => clock.timers)
    .filter((timer) => timer.firedAt === null && timer.fireAt !== null && timer.fireAt < at + WAKE_AHEAD_MS)
    .map((timer) => Math.floor((timer.fireAt ?? at) / 1000));
  return [...new Set(soon)].sort((a, b) => a - b).map((second) => slaWake(second, at));
}
