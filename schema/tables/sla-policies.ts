import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { bareUuid, choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, pkOf, rule, someOf, textLength, uniqueIdx } from '../keys.ts';
import {
  ACTIVE_CATEGORIES,
  ACTOR_KINDS,
  CALENDAR_MODES,
  COMBINES,
  REOPEN_MODES,
  SLA_METRICS,
  SLA_TRACKS,
  TICKET_PRIORITIES,
  type ValueOf,
} from '../values.ts';
import { businessHours } from './calendars.ts';
import type { StoredCondition } from './sla-shapes.ts';
import { REOPENABLE_METRICS } from './sla-values.ts';
import { ticketStatuses } from './ticket-statuses.ts';

export const slaPolicies = pgTable(
  'sla_policies',
  {
    id: pk('sla'),
    name: text().notNull(),
    description: text(),
    track: choice(SLA_TRACKS).notNull().default('customer'),
    position: integer().notNull(),
    enabled: boolean().notNull().default(true),
    conditions: jsonb().$type<StoredCondition>().notNull().default({ all: [] }),
    archivedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    uniqueIdx([t.track, sql`lower(${t.name})`], {
      name: 'sla_policies_track_name_key',
      where: sql`${t.archivedAt} is null`,
    }),
    oneOf(t.track, SLA_TRACKS),
    textLength(t.name, 1, 120),
    textLength(t.description, 0, 2000),
    rule(t.position, 'position_range', sql`${t.position} >= 0`),
    rule(t.conditions, 'conditions_object', sql`jsonb_typeof(${t.conditions}) = 'object'`),
  ],
);

/** Each saved state of a policy with its targets, kept: a clock names the one that it was promised under. */
export const slaPolicyVersions = pgTable(
  'sla_policy_versions',
  {
    policyId: id('sla').notNull(),
    version: integer().notNull(),
    content: jsonb().$type<Record<string, unknown>>().notNull(),
    actorKind: choice(ACTOR_KINDS).notNull(),
    actorId: bareUuid(),
    actorLabel: text(),
    createdAt: createdAt(),
  },
  (t) => [
    pkOf(t.policyId, t.version),
    fk(t.policyId, slaPolicies.id, 'cascade'),
    oneOf(t.actorKind, ACTOR_KINDS),
    rule(t.version, 'version_range', sql`${t.version} >= 1`),
    rule(t.content, 'content_object', sql`jsonb_typeof(${t.content}) = 'object'`),
  ],
);

export const slaTargets = pgTable(
  'sla_targets',
  {
    id: pk('slat'),
    policyId: id('sla').notNull(),
    metric: choice(SLA_METRICS).notNull(),
    /** Null serves every priority that has no row of its own. */
    priority: choice(TICKET_PRIORITIES),
    targetSeconds: integer().notNull(),
    warnBeforeSeconds: integer(),
    calendarMode: choice(CALENDAR_MODES).notNull().default('fixed'),
    combine: choice(COMBINES).notNull().default('any'),
    pauseCategories: text().array().$type<ValueOf<typeof ACTIVE_CATEGORIES>[]>().notNull().default(sql`'{}'`),
    reopenMode: choice(REOPEN_MODES).notNull().default('continue'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    fk(t.policyId, slaPolicies.id, 'cascade'),
    key([t.policyId, t.metric, t.priority], { nullsNotDistinct: true }),
    oneOf(t.metric, SLA_METRICS),
    oneOf(t.priority, TICKET_PRIORITIES),
    oneOf(t.calendarMode, CALENDAR_MODES),
    oneOf(t.combine, COMBINES),
    oneOf(t.reopenMode, REOPEN_MODES),
    someOf(t.pauseCategories, ACTIVE_CATEGORIES),
    rule(t.pauseCategories, 'pause_categories_count', sql`cardinality(${t.pauseCategories}) <= 3`),
    rule(t.targetSeconds, 'target_range', sql`${t.targetSeconds} between 1 and 36000000`),
    rule(
      t.warnBeforeSeconds,
      'warn_range',
      sql`${t.warnBeforeSeconds} >= 1 and ${t.warnBeforeSeconds} < ${t.targetSeconds}`,
    ),
    rule(
      t.reopenMode,
      'restart_metric',
      sql`${t.reopenMode} = 'continue' or ${t.metric} in (${sql.raw(REOPENABLE_METRICS.map((m) => `'${m}'`).join(', '))})`,
    ),
  ],
);

/** No row: the promise runs round the clock. */
export const slaTargetCalendars = pgTable(
  'sla_target_calendars',
  {
    targetId: id('slat').notNull(),
    businessHoursId: id('bh').notNull(),
  },
  (t) => [
    pkOf(t.targetId, t.businessHoursId),
    fk(t.targetId, slaTargets.id, 'cascade'),
    fk(t.businessHoursId, businessHours.id, 'restrict'),
    idx(t.businessHoursId),
  ],
);

export const slaTargetPauseStatuses = pgTable(
  'sla_target_pause_statuses',
  {
    targetId: id('slat').notNull(),
    statusId: id('tstat').notNull(),
  },
  (t) => [
    pkOf(t.targetId, t.statusId),
    fk(t.targetId, slaTargets.id, 'cascade'),
    fk(t.statusId, ticketStatuses.id, 'cascade'),
    idx(t.statusId),
  ],
);
