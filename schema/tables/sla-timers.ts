import { sql } from 'drizzle-orm';
import { bigint, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { bareUuid, choice, id, instant, pk } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { ACTOR_KINDS, TIMER_KINDS } from '../values.ts';
import { ticketSlaClocks } from './sla-clocks.ts';
import { SLA_EVENT_SOURCES, SLA_EVENT_TYPES } from './sla-values.ts';
import { tickets } from './tickets.ts';

/** A mark on a clock's consumption and the instant at which it will be reached. */
export const slaTimers = pgTable(
  'sla_timers',
  {
    id: pk('slatm'),
    clockId: id('slac').notNull(),
    ticketId: id('tkt').notNull(),
    kind: choice(TIMER_KINDS).notNull(),
    /** No foreign key: deleting a rule must not touch every clock. */
    ruleId: id('esc'),
    repeatNo: integer().notNull().default(0),
    /** Counts how often a withdrawn breach armed the timer again. */
    arming: integer().notNull().default(0),
    markMs: bigint({ mode: 'number' }).notNull(),
    /** Null while the clock is paused. */
    fireAt: instant(),
    firedAt: instant(),
  },
  (t) => [
    fk(t.clockId, ticketSlaClocks.id, 'cascade'),
    fk(t.ticketId, tickets.id, 'cascade'),
    key([t.clockId, t.kind, t.ruleId, t.repeatNo], { nullsNotDistinct: true }),
    idx([t.fireAt, t.id], { where: sql`${t.firedAt} is null and ${t.fireAt} is not null` }),
    idx(t.firedAt, { where: sql`${t.firedAt} is not null` }),
    idx(t.ticketId),
    oneOf(t.kind, TIMER_KINDS),
    rule(t.ruleId, 'rule_by_kind', sql`(${t.kind} = 'escalate') = (${t.ruleId} is not null)`),
    rule(t.repeatNo, 'repeat_no_range', sql`${t.repeatNo} >= 0`),
    rule(t.arming, 'arming_range', sql`${t.arming} >= 0`),
    rule(t.markMs, 'mark_range', sql`${t.markMs} > 0`),
  ],
);

/** The log of every clock, append-only: what Explain replays. */
export const slaEvents = pgTable(
  'sla_events',
  {
    id: pk('slaev'),
    /** Null only where a policy was pinned on a ticket without clocks. */
    clockId: id('slac'),
    ticketId: id('tkt').notNull(),
    type: choice(SLA_EVENT_TYPES).notNull(),
    /** The instant at which it took effect; `recordedAt` is when it was noticed. */
    at: instant().notNull(),
    recordedAt: instant().notNull(),
    source: choice(SLA_EVENT_SOURCES).notNull(),
    reason: text(),
    actorKind: choice(ACTOR_KINDS).notNull(),
    actorId: bareUuid(),
    actorLabel: text(),
    consumedMs: bigint({ mode: 'number' }),
    targetSeconds: integer(),
    dueAt: instant(),
    previousOutcomeAt: instant(),
    eventId: id('evt'),
    details: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [
    fk(t.clockId, ticketSlaClocks.id, 'cascade'),
    fk(t.ticketId, tickets.id, 'cascade'),
    idx([t.ticketId, t.id]),
    idx([t.clockId, t.id]),
    idx(t.recordedAt),
    oneOf(t.type, SLA_EVENT_TYPES),
    oneOf(t.source, SLA_EVENT_SOURCES),
    oneOf(t.actorKind, ACTOR_KINDS),
    textLength(t.reason, 0, 200),
    rule(t.clockId, 'clock_by_type', sql`${t.clockId} is not null or ${t.type} in ('pinned', 'unpinned')`),
    rule(t.consumedMs, 'consumed_range', sql`${t.consumedMs} >= 0`),
    rule(t.targetSeconds, 'target_range', sql`${t.targetSeconds} >= 1`),
    rule(t.details, 'details_object', sql`jsonb_typeof(${t.details}) = 'object'`),
  ],
);
