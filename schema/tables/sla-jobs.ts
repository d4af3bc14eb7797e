import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgTable, smallint } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk, revision, updatedAt } from '../columns.ts';
import { fk, idx, oneOf, pkOf, rule, uniqueIdx } from '../keys.ts';
import { SLA_JOB_KINDS, SLA_JOB_STATES } from './sla-values.ts';

export const slaJobs = pgTable(
  'sla_jobs',
  {
    id: pk('slajob'),
    kind: choice(SLA_JOB_KINDS).notNull(),
    state: choice(SLA_JOB_STATES).notNull().default('pending'),
    scope: jsonb().$type<Record<string, unknown>>().notNull(),
    dryRun: boolean().notNull().default(false),
    configRevision: bigint({ mode: 'number' }).notNull(),
    pass: smallint().notNull().default(1),
    /** The last ticket visited in this pass. */
    cursor: id('tkt'),
    counts: jsonb().$type<Record<string, number>>().notNull().default({}),
    result: jsonb().$type<Record<string, unknown>>(),
    notBefore: instant().notNull(),
    leaseUntil: instant(),
    /** Null: the product itself asked, as after new zone data. */
    requestedBy: id('prin'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    revision: revision(),
  },
  (t) => {
    const isOpen = sql`${t.state} in ('pending', 'running')`;
    return [
      idx(t.notBefore, { where: isOpen }),
      idx(t.updatedAt, { where: sql`${t.state} in ('done', 'failed', 'cancelled')` }),
      uniqueIdx(t.kind, { name: 'sla_jobs_simulation_key', where: sql`${t.kind} = 'simulation' and ${isOpen}` }),
      oneOf(t.kind, SLA_JOB_KINDS),
      oneOf(t.state, SLA_JOB_STATES),
      rule(t.configRevision, 'config_revision_range', sql`${t.configRevision} >= 0`),
      rule(t.pass, 'pass_range', sql`${t.pass} in (1, 2)`),
      rule(t.scope, 'scope_object', sql`jsonb_typeof(${t.scope}) = 'object'`),
      rule(t.counts, 'counts_object', sql`jsonb_typeof(${t.counts}) = 'object'`),
      rule(t.result, 'result_object', sql`jsonb_typeof(${t.result}) = 'object'`),
    ];
  },
);

/** What a job moved, or would move: ids are history, so no foreign keys. */
export const slaJobItems = pgTable(
  'sla_job_items',
  {
    jobId: id('slajob').notNull(),
    n: integer().notNull(),
    ticketId: id('tkt').notNull(),
    clockId: id('slac'),
    before: jsonb().$type<Record<string, unknown>>(),
    after: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [
    pkOf(t.jobId, t.n),
    fk(t.jobId, slaJobs.id, 'cascade'),
    rule(t.n, 'n_range', sql`${t.n} between 1 and 10000`),
    rule(t.before, 'before_object', sql`jsonb_typeof(${t.before}) = 'object'`),
    rule(t.after, 'after_object', sql`jsonb_typeof(${t.after}) = 'object'`),
  ],
);
