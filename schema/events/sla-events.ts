import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { CLOCK_STATES, SLA_METRICS, SLA_TRACKS } from '../values.ts';
import { defineEvent } from './definition.ts';
import { SAMPLE_TICKET, TicketReference } from './ticket-reference.ts';

const about = {
  entity: 'ticket',
  viewKey: 'ticket.view_all',
  audiences: ['internal'],
  dimensions: ['inbox', 'team'],
  version: '2026-11-01',
} as const;

/** A clock as events show it; milliseconds of business time unless the name says an instant. */
export const ClockView = z.strictObject({
  id: idSchema('slac'),
  track: z.enum(SLA_TRACKS),
  metric: z.enum(SLA_METRICS),
  cycle: z.int().positive(),
  state: z.enum(CLOCK_STATES),
  policyId: idSchema('sla'),
  policyVersion: z.int().positive(),
  targetSeconds: z.int().positive(),
  startedAt: z.iso.datetime(),
  dueAt: z.iso.datetime().nullable(),
  consumedMs: z.int().nonnegative(),
  remainingMs: z.int().nonnegative(),
  breachedAt: z.iso.datetime().nullable(),
  settledAt: z.iso.datetime().nullable(),
  latenessMs: z.int().nonnegative().nullable(),
});

export type ClockView = z.output<typeof ClockView>;

const sampleClock = {
  id: 'slac_01kaz2m4f8e5rtt0m0v2g6yh3n',
  track: 'customer',
  metric: 'first_response',
  cycle: 1,
  state: 'running',
  policyId: 'sla_01kaz2m4f8e5rtt0m0v2g6yh3p',
  policyVersion: 1,
  targetSeconds: 14_400,
  startedAt: '2026-11-02T09:00:00.000Z',
  dueAt: '2026-11-02T13:00:00.000Z',
  consumedMs: 0,
  remainingMs: 14_400_000,
  breachedAt: null,
  settledAt: null,
  latenessMs: null,
} as const satisfies z.input<typeof ClockView>;

const sample = { ticket: SAMPLE_TICKET, clock: sampleClock };

/** Why a clock was updated without being started, met or breached. */
export const SLA_UPDATES = [
  'paused',
  'resumed',
  'retargeted',
  'recalculated',
  'reopened',
  'revived',
  'cancelled',
  'breach_withdrawn',
  'pinned',
  'unpinned',
] as const;

export const slaEvents = {
  'ticket.sla_started': defineEvent({
    ...about,
    label: 'SLA clock started',
    payload: z.strictObject({ ticket: TicketReference, clock: ClockView, lateStarted: z.boolean() }),
    sample: { ...sample, lateStarted: false },
  }),
  'ticket.sla_warning': defineEvent({
    ...about,
    label: 'SLA deadline near',
    payload: z.strictObject({ ticket: TicketReference, clock: ClockView, warnBeforeSeconds: z.int().positive() }),
    sample: { ...sample, warnBeforeSeconds: 1800 },
  }),
  'ticket.sla_breached': defineEvent({
    ...about,
    label: 'SLA breached',
    payload: z.strictObject({
      ticket: TicketReference,
      clock: ClockView,
      detectedAt: z.iso.datetime(),
      lagMs: z.int().nonnegative(),
    }),
    sample: {
      ...sample,
      clock: { ...sampleClock, breachedAt: '2026-11-02T13:00:00.000Z', consumedMs: 14_400_000, remainingMs: 0 },
      detectedAt: '2026-11-02T13:00:01.200Z',
      lagMs: 1200,
    },
  }),
  'ticket.sla_escalated': defineEvent({
    ...about,
    label: 'SLA escalated',
    payload: z.strictObject({
      ticket: TicketReference,
      clock: ClockView,
      ruleId: idSchema('esc'),
      ruleName: z.string(),
      repeatNo: z.int().nonnegative(),
      /** Business time from the deadline, or a share of the target; the other one is null. */
      offsetSeconds: z.int().nullable(),
      percent: z.int().positive().nullable(),
      actions: z.array(z.record(z.string(), z.unknown())),
    }),
    sample: {
      ...sample,
      ruleId: 'esc_01kaz2m4f8e5rtt0m0v2g6yh3r',
      ruleName: 'Tell the leads',
      repeatNo: 0,
      offsetSeconds: -1800,
      percent: null,
      actions: [{ type: 'notify', to: ['team_leads'], channels: ['in_app'] }],
    },
  }),
  'ticket.sla_met': defineEvent({
    ...about,
    label: 'SLA target answered, met or late',
    payload: z.strictObject({ ticket: TicketReference, clock: ClockView }),
    sample: { ...sample, clock: { ...sampleClock, state: 'met', dueAt: null, settledAt: '2026-11-02T10:30:00.000Z' } },
  }),
  'ticket.sla_updated': defineEvent({
    ...about,
    label: 'SLA clock paused, resumed or changed',
    payload: z.strictObject({
      ticket: TicketReference,
      clock: ClockView,
      change: z.enum(SLA_UPDATES),
      reason: z.string().nullable(),
      previousDueAt: z.iso.datetime().nullable(),
    }),
    sample: { ...sample, change: 'paused', reason: null, previousDueAt: '2026-11-02T13:00:00.000Z' },
  }),
};
