import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgTable, smallint } from 'drizzle-orm/pg-core';
import { bytea, choice, id, idArray, instant, pk } from '../columns.ts';
import { fk, idx, key, oneOf, rule, uniqueIdx } from '../keys.ts';
import {
  CANCEL_REASONS,
  CLOCK_STATES,
  COMBINES,
  DUE_ERRORS,
  REOPEN_MODES,
  SLA_METRICS,
  SLA_TRACKS,
  TICKET_PRIORITIES,
} from '../values.ts';
import { slaPolicies } from './sla-policies.ts';
import type { StoredPauseRule } from './sla-shapes.ts';
import { tickets } from './tickets.ts';

/** Which promises a ticket is under, per track; a pin without a policy exempts it. */
export const ticketSla = pgTable(
  'ticket_sla',
  {
    ticketId: id('tkt').primaryKey(),
    customerPolicyId: id('sla'),
    customerPolicyVersion: integer(),
    customerPinned: boolean().notNull().default(false),
    internalPolicyId: id('sla'),
    internalPolicyVersion: integer(),
    internalPinned: boolean().notNull().default(false),
    /** Of the last match. */
    configRevision: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.customerPolicyId, slaPolicies.id, 'restrict'),
    fk(t.internalPolicyId, slaPolicies.id, 'restrict'),
    idx([t.configRevision, t.ticketId]),
    idx([t.customerPolicyId, t.ticketId]),
    idx([t.internalPolicyId, t.ticketId]),
    rule(
      t.customerPolicyId,
      'customer_pair',
      sql`num_nonnulls(${t.customerPolicyId}, ${t.customerPolicyVersion}) in (0, 2)`,
    ),
    rule(
      t.internalPolicyId,
      'internal_pair',
      sql`num_nonnulls(${t.internalPolicyId}, ${t.internalPolicyVersion}) in (0, 2)`,
    ),
    rule(t.configRevision, 'config_revision_range', sql`${t.configRevision} >= 0`),
  ],
);

/** One promise of one ticket, one cycle. Guarded by the ticket's `revision`. */
export const ticketSlaClocks = pgTable(
  'ticket_sla_clocks',
  {
    id: pk('slac'),
    ticketId: id('tkt').notNull(),
    track: choice(SLA_TRACKS).notNull(),
    metric: choice(SLA_METRICS).notNull(),
    cycle: integer().notNull(),
    state: choice(CLOCK_STATES).notNull(),
    policyId: id('sla').notNull(),
    policyVersion: integer().notNull(),
    configRevision: bigint({ mode: 'number' }).notNull(),
    targetSeconds: integer().notNull(),
    warnBeforeSeconds: integer(),
    /** Empty: round the clock. */
    snapshotIds: idArray('csnap').notNull().default(sql`'{}'`),
    combine: choice(COMBINES).notNull(),
    pauseRule: jsonb().$type<StoredPauseRule>().notNull(),
    reopenMode: choice(REOPEN_MODES).notNull(),
    startedAt: instant().notNull(),
    /** It began when a policy came to apply, not at the metric's own start. */
    lateStarted: boolean().notNull().default(false),
    segmentStartedAt: instant(),
    consumedMs: bigint({ mode: 'number' }).notNull().default(0),
    dueAt: instant(),
    dueError: choice(DUE_ERRORS),
    breachedAt: instant(),
    settledAt: instant(),
    cancelReason: choice(CANCEL_REASONS),
    /** Business time past the target. */
    latenessMs: bigint({ mode: 'number' }),
    outcomeAt: instant().generatedAlwaysAs(sql`coalesce(breached_at, case when state = 'met' then settled_at end)`),
    // Frozen with the outcome, as the ticket then was: history, so no foreign keys.
    priority: choice(TICKET_PRIORITIES),
    teamId: id('team'),
    inboxId: id('inbox'),
    assigneePrincipalId: id('prin'),
    calcVersion: smallint().notNull(),
    inputsHash: bytea().notNull(),
  },
  (t) => {
    const isOpen = sql`${t.state} in ('running', 'paused')`;
    return [
      fk(t.ticketId, tickets.id, 'cascade'),
      fk(t.policyId, slaPolicies.id, 'restrict'),
      key([t.ticketId, t.track, t.metric, t.cycle]),
      uniqueIdx([t.ticketId, t.track, t.metric], { name: 'ticket_sla_clocks_open_key', where: isOpen }),
      idx([t.outcomeAt, t.id], { where: sql`${t.outcomeAt} is not null` }),
      idx([t.breachedAt, t.id], { where: sql`${t.breachedAt} is not null and ${isOpen}` }),
      idx(t.dueError, { where: sql`${t.dueError} is not null and ${isOpen}` }),
      idx(t.policyId),
      oneOf(t.track, SLA_TRACKS),
      oneOf(t.metric, SLA_METRICS),
      oneOf(t.state, CLOCK_STATES),
      oneOf(t.combine, COMBINES),
      oneOf(t.reopenMode, REOPEN_MODES),
      oneOf(t.dueError, DUE_ERRORS),
      oneOf(t.cancelReason, CANCEL_REASONS),
      oneOf(t.priority, TICKET_PRIORITIES),
      rule(t.cycle, 'cycle_range', sql`${t.cycle} >= 1`),
      rule(t.policyVersion, 'policy_version_range', sql`${t.policyVersion} >= 1`),
      rule(t.configRevision, 'config_revision_range', sql`${t.configRevision} >= 0`),
      rule(t.targetSeconds, 'target_range', sql`${t.targetSeconds} between 1 and 36000000`),
      rule(
        t.warnBeforeSeconds,
        'warn_range',
        sql`${t.warnBeforeSeconds} >= 1 and ${t.warnBeforeSeconds} < ${t.targetSeconds}`,
      ),
      rule(t.snapshotIds, 'snapshot_ids_count', sql`cardinality(${t.snapshotIds}) <= 4`),
      rule(t.pauseRule, 'pause_rule_object', sql`jsonb_typeof(${t.pauseRule}) = 'object'`),
      rule(t.consumedMs, 'consumed_range', sql`${t.consumedMs} >= 0`),
      rule(t.latenessMs, 'lateness_range', sql`${t.latenessMs} >= 0`),
      rule(t.state, 'running_segment', sql`(${t.state} = 'running') = (${t.segmentStartedAt} is not null)`),
      rule(t.state, 'running_due', sql`${t.state} <> 'running' or num_nonnulls(${t.dueAt}, ${t.dueError}) = 1`),
      rule(t.state, 'paused_due', sql`${t.state} <> 'paused' or num_nonnulls(${t.dueAt}, ${t.dueError}) = 0`),
      rule(t.state, 'settled', sql`(${t.state} in ('met', 'late', 'cancelled')) = (${t.settledAt} is not null)`),
      rule(t.state, 'met_in_time', sql`${t.state} <> 'met' or ${t.breachedAt} is null`),
      rule(
        t.state,
        'late_breached',
        sql`${t.state} <> 'late' or (${t.breachedAt} is not null and ${t.latenessMs} is not null)`,
      ),
      rule(t.state, 'cancelled_reason', sql`(${t.state} = 'cancelled') = (${t.cancelReason} is not null)`),
      rule(t.inputsHash, 'inputs_hash_size', sql`octet_length(${t.inputsHash}) = 32`),
    ];
  },
);
