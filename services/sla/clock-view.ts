import type { EventPayload } from '#schema/events.ts';
import { type Clock, remainingMs, targetMs } from './clock.ts';

export type ClockView = EventPayload<'ticket.sla_started'>['clock'];

export const isoOf = (instant: number | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();

/** A clock as events and answers show it. A breach is seen at its mark, however late it is told. */
export function clockView(clock: Clock, at: 'now' | 'breach' = 'now'): ClockView {
  const consumedMs = at === 'breach' ? Math.max(clock.consumedMs, targetMs(clock)) : clock.consumedMs;
  return {
    id: clock.id,
    track: clock.track,
    metric: clock.metric,
    cycle: clock.cycle,
    state: clock.state,
    policyId: clock.policyId,
    policyVersion: clock.policyVersion,
    targetSeconds: clock.targetSeconds,
    startedAt: new Date(clock.startedAt).toISOString(),
    dueAt: isoOf(clock.dueAt),
    consumedMs,
    remainingMs: remainingMs({ targetSeconds: clock.targetSeconds, consumedMs }),
    breachedAt: isoOf(clock.breachedAt),
    settledAt: isoOf(clock.settledAt),
    latenessMs: clock.latenessMs,
  };
}
