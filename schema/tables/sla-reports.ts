import { sql } from 'drizzle-orm';
import { bigint, boolean, date, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { choice, id, idArray, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { SLA_METRICS, SLA_TRACKS, TICKET_PRIORITIES } from '../values.ts';
import { teams } from './teams.ts';

/** Attainment per local day, derived from the clocks: a cancelled clock without a breach has no frozen team, inbox or priority. */
export const slaDaily = pgTable(
  'sla_daily',
  {
    day: date().notNull(),
    track: choice(SLA_TRACKS).notNull(),
    metric: choice(SLA_METRICS).notNull(),
    policyId: id('sla').notNull(),
    teamId: id('team'),
    inboxId: id('inbox'),
    priority: choice(TICKET_PRIORITIES),
    met: integer().notNull().default(0),
    missed: integer().notNull().default(0),
    excluded: integer().notNull().default(0),
    withdrawn: integer().notNull().default(0),
    latenessSumMs: bigint({ mode: 'number' }).notNull().default(0),
    latenessMaxMs: bigint({ mode: 'number' }).notNull().default(0),
    /** Up to 5, 15, 30 min, 1, 2, 4, 8, 24, 72 h, more. */
    latenessBuckets: integer().array().notNull().default(sql`'{0,0,0,0,0,0,0,0,0,0}'`),
  },
  (t) => [
    key([t.day, t.track, t.metric, t.policyId, t.teamId, t.inboxId, t.priority], {
      name: 'sla_daily_dimensions_key',
      nullsNotDistinct: true,
    }),
    oneOf(t.track, SLA_TRACKS),
    oneOf(t.metric, SLA_METRICS),
    oneOf(t.priority, TICKET_PRIORITIES),
    rule(t.met, 'counts_range', sql`${t.met} >= 0 and ${t.missed} >= 0 and ${t.excluded} >= 0 and ${t.withdrawn} >= 0`),
    rule(t.latenessSumMs, 'lateness_range', sql`${t.latenessSumMs} >= 0 and ${t.latenessMaxMs} >= 0`),
    rule(
      t.latenessBuckets,
      'lateness_buckets_shape',
      sql`cardinality(${t.latenessBuckets}) = 10 and 0 <= all (${t.latenessBuckets})`,
    ),
  ],
);

export const slaSettings = pgTable(
  'sla_settings',
  {
    /** Always true, which makes this the only row. */
    singleton: boolean().primaryKey().default(true),
    /** Null: the zone of the workspace. */
    reportTimeZone: text(),
    fallbackPrincipalIds: idArray('prin').notNull().default(sql`'{}'`),
    fallbackTeamId: id('team'),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
  },
  (t) => [
    fk(t.fallbackTeamId, teams.id, 'set null'),
    idx(t.fallbackTeamId),
    rule(t.singleton, 'singleton', sql`${t.singleton}`),
    textLength(t.reportTimeZone, 1, 64),
    rule(t.fallbackPrincipalIds, 'fallback_principals_count', sql`cardinality(${t.fallbackPrincipalIds}) <= 100`),
  ],
);
