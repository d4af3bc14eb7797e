import { SLA_UPDATES } from '#schema/events/sla-events.ts';
import type { TicketReference } from '#schema/events/ticket-reference.ts';
import { idToUuid } from '#schema/ids.ts';
import { type ActivityDraft, type EventDraft, event } from '#services/kernel/change.ts';
import type { Clock, Timer } from './clock.ts';
import type { SlaLogEntry, SlaUpdate } from './clock-transitions.ts';
import { clockView } from './clock-view.ts';
import type { SlaState } from './sla-state.ts';
import type { SlaTicket } from './sla-ticket.ts';

/** Whoever records a timer first, verb or sweep, does so under this key; the other's commit rolls back. */
export const timerKey = (
  clock: Pick<Clock, 'id'>,
  timer: Pick<Timer, 'kind' | 'ruleId' | 'repeatNo' | 'arming'>,
): string =>
  [
    'sla',
    idToUuid(clock.id),
    timer.kind,
    timer.ruleId === null ? '-' : idToUuid(timer.ruleId),
    timer.repeatNo,
    timer.arming,
  ].join(':');

/** The event of a line of the log; errors of arithmetic tell nobody but the health page. */
export function eventOf(
  line: SlaLogEntry,
  ticket: TicketReference,
  told: TicketPlaces & { now: number },
): EventDraft | undefined {
  const { clock, type } = line;
  const { now, ...places } = told;
  const base = { entity: ticket.id, audience: 'internal', ...places } as const;
  if (type === 'started') {
    const payload = { ticket, clock: clockView(clock), lateStarted: clock.lateStarted };
    return event({ ...base, type: 'ticket.sla_started', payload });
  }
  if (type === 'fulfilled')
    return event({ ...base, type: 'ticket.sla_met', payload: { ticket, clock: clockView(clock) } });
  if (type === 'breached') {
    const timer = clock.timers.find(({ kind }) => kind === 'breach');
    return event({
      ...base,
      type: 'ticket.sla_breached',
      payload: {
        ticket,
        clock: clockView(clock, 'breach'),
        detectedAt: new Date(now).toISOString(),
        lagMs: Math.max(0, now - line.at),
      },
      dedupeKey: timerKey(clock, { kind: 'breach', ruleId: null, repeatNo: 0, arming: timer?.arming ?? 0 }),
    });
  }
  if (!isUpdate(type)) return undefined;
  const previousDueAt = line.previousDueAt === null ? null : new Date(line.previousDueAt).toISOString();
  const payload = { ticket, clock: clockView(clock), change: type, reason: line.reason, previousDueAt };
  return event({ ...base, type: 'ticket.sla_updated', payload });
}

const isUpdate = (type: string): type is SlaUpdate => SLA_UPDATES.some((each) => each === type);

export type TicketPlaces = Required<Pick<EventDraft, 'inboxIds' | 'teamIds'>>;

/** Where a ticket is, and was before the commit. */
export function placesOf(before: SlaTicket, after: SlaTicket): TicketPlaces {
  const present = <T>(values: readonly (T | null)[]): T[] => [...new Set(values.filter((value) => value !== null))];
  return {
    inboxIds: present([before.inboxId, after.inboxId]),
    teamIds: present([before.primaryTeamId, before.assigneeTeamId, after.primaryTeamId, after.assigneeTeamId]),
  };
}

/** What the ticket's timeline says: another policy, a breach that a verb was the first to notice. */
export function activityOf(
  was: SlaState,
  now: SlaState,
  log: readonly SlaLogEntry[],
  ticket: { id: SlaTicket['id']; revision: number },
): ActivityDraft[] {
  const base = {
    ticketId: ticket.id,
    revision: ticket.revision,
    version: null,
    audience: 'internal',
    cause: 'sla',
  } as const;
  const tracks = (['customer', 'internal'] as const).filter(
    (track) => was.policies[track].policyId !== now.policies[track].policyId,
  );
  return [
    ...tracks.map((track): ActivityDraft => {
      const changes = [{ field: 'slaPolicyId', from: was.policies[track].policyId, to: now.policies[track].policyId }];
      return { ...base, type: 'sla.policy_matched', data: { track, changes } };
    }),
    ...log
      .filter(({ type }) => type === 'breached')
      .map(({ clock }): ActivityDraft => ({ ...base, type: 'sla.breached', data: breachData(clock) })),
  ];
}

const breachData = (clock: Clock): Record<string, unknown> => ({
  clockId: clock.id,
  track: clock.track,
  metric: clock.metric,
  policyId: clock.policyId,
  breachedAt: clock.breachedAt === null ? null : new Date(clock.breachedAt).toISOString(),
});
