import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, rule, someOf, textLength } from '../keys.ts';
import { SLA_METRICS, TICKET_PRIORITIES, type ValueOf } from '../values.ts';
import { slaPolicies } from './sla-policies.ts';
import type { StoredCondition, StoredFallback } from './sla-shapes.ts';

export const escalationRules = pgTable(
  'escalation_rules',
  {
    id: pk('esc'),
    name: text().notNull(),
    /** Null: every policy. */
    policyId: id('sla'),
    metrics: text().array().$type<ValueOf<typeof SLA_METRICS>[]>().notNull(),
    /** Empty: every priority. */
    priorities: text().array().$type<ValueOf<typeof TICKET_PRIORITIES>[]>().notNull().default(sql`'{}'`),
    /** Business time of the clock: below zero before the due instant, above it after. */
    offsetSeconds: integer(),
    /** Of the target, in business time of the clock. */
    percent: integer(),
    repeatEverySeconds: integer(),
    repeatLimit: integer(),
    conditions: jsonb().$type<StoredCondition>().notNull().default({ all: [] }),
    actions: jsonb().$type<Record<string, unknown>[]>().notNull(),
    fallback: jsonb().$type<StoredFallback>().notNull().default({ principalIds: [], teamIds: [] }),
    enabled: boolean().notNull().default(true),
    lastError: text(),
    lastErrorAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.policyId, slaPolicies.id, 'restrict'),
    idx(t.policyId),
    textLength(t.name, 1, 120),
    someOf(t.metrics, SLA_METRICS),
    someOf(t.priorities, TICKET_PRIORITIES),
    rule(
      t.metrics,
      'metrics_count',
      sql`cardinality(${t.metrics}) between 1 and ${sql.raw(String(SLA_METRICS.length))}`,
    ),
    rule(
      t.priorities,
      'priorities_count',
      sql`cardinality(${t.priorities}) <= ${sql.raw(String(TICKET_PRIORITIES.length))}`,
    ),
    rule(t.percent, 'one_mark', sql`num_nonnulls(${t.offsetSeconds}, ${t.percent}) = 1`),
    rule(t.percent, 'percent_range', sql`${t.percent} between 1 and 1000`),
    rule(t.repeatLimit, 'repeat_pair', sql`num_nonnulls(${t.repeatEverySeconds}, ${t.repeatLimit}) in (0, 2)`),
    rule(t.repeatEverySeconds, 'repeat_every_range', sql`${t.repeatEverySeconds} >= 60`),
    rule(t.repeatLimit, 'repeat_limit_range', sql`${t.repeatLimit} between 1 and 50`),
    rule(t.conditions, 'conditions_object', sql`jsonb_typeof(${t.conditions}) = 'object'`),
    rule(
      t.actions,
      'actions_count',
      sql`case when jsonb_typeof(${t.actions}) = 'array' then jsonb_array_length(${t.actions}) between 1 and 8 else false end`,
    ),
    rule(t.fallback, 'fallback_object', sql`jsonb_typeof(${t.fallback}) = 'object'`),
  ],
);
