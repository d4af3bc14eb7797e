import type { SnapshotContent } from '#schema/business-calendar.ts';
import type { Id } from '#schema/ids.ts';
import type { StoredCondition, StoredPauseRule } from '#schema/tables/sla-shapes.ts';
import type { CALENDAR_MODES, COMBINES, REOPEN_MODES, ValueOf } from '#schema/values.ts';
import type { Metric, Priority, Track } from './clock.ts';

export interface CompiledTarget {
  metric: Metric;
  /** Null serves every priority that has no row of its own. */
  priority: Priority | null;
  targetSeconds: number;
  warnBeforeSeconds: number | null;
  calendarMode: ValueOf<typeof CALENDAR_MODES>;
  combine: ValueOf<typeof COMBINES>;
  calendarIds: readonly Id<'bh'>[];
  pauseRule: StoredPauseRule;
  reopenMode: ValueOf<typeof REOPEN_MODES>;
}

export interface CompiledPolicy {
  id: Id<'sla'>;
  version: number;
  name: string;
  track: Track;
  enabled: boolean;
  conditions: StoredCondition;
  targets: readonly CompiledTarget[];
}

export interface CompiledRule {
  id: Id<'esc'>;
  /** Null: every policy. */
  policyId: Id<'sla'> | null;
  metrics: readonly Metric[];
  /** Empty: every priority. */
  priorities: readonly Priority[];
  offsetSeconds: number | null;
  percent: number | null;
}

export interface CompiledSnapshot {
  id: Id<'csnap'>;
  /** Hex. */
  hash: string;
  content: SnapshotContent;
}

/** The whole SLA configuration ready to run; the content of row `sla` of `compiled_configs`. */
export interface CompiledSla {
  revision: number;
  /** Live ones, in order of position and id. */
  policies: readonly CompiledPolicy[];
  /** Enabled ones. */
  rules: readonly CompiledRule[];
  /** The snapshot that a calendar stands at. */
  calendars: Readonly<Record<Id<'bh'>, Id<'csnap'>>>;
  teamCalendars: Readonly<Record<Id<'team'>, Id<'bh'>>>;
  snapshots: readonly CompiledSnapshot[];
  /** Fields whose change matches a ticket again. */
  matchFields: readonly string[];
}

export const NO_SLA: CompiledSla = {
  revision: 0,
  policies: [],
  rules: [],
  calendars: {},
  teamCalendars: {},
  snapshots: [],
  matchFields: [],
};
