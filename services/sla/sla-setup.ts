import { sql } from 'drizzle-orm';
import { type Id, uuidToId } from '#schema/ids.ts';
import type { StoredCondition } from '#schema/tables/sla-shapes.ts';
import type { STATUS_CATEGORIES, ValueOf } from '#schema/values.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { CompiledPolicy, CompiledRule, CompiledSnapshot, CompiledTarget } from './compiled-sla.ts';

export interface SetupCalendar {
  id: Id<'bh'>;
  name: string;
  snapshot: CompiledSnapshot;
}

/** All that the configuration is compiled from. Every edit loads it, so that edits happen one after the other. */
export interface SlaSetup {
  /** Of the compiled row; 0 before the first edit. */
  revision: number;
  /** Live ones, in order of position and id. */
  policies: readonly (CompiledPolicy & { position: number })[];
  /** Enabled ones. */
  rules: readonly CompiledRule[];
  /** Live ones. */
  calendars: readonly SetupCalendar[];
  statuses: readonly { id: Id<'tstat'>; category: ValueOf<typeof STATUS_CATEGORIES> }[];
}

interface TargetJson extends Omit<CompiledTarget, 'calendarIds' | 'pauseRule'> {
  calendarIds: string[];
  pauseCategories: CompiledTarget['pauseRule']['categories'];
  pauseStatusIds: string[];
}
type PolicyJson = Omit<SlaSetup['policies'][number], 'id' | 'targets'> & { id: string; targets: TargetJson[] };
type RuleJson = Omit<CompiledRule, 'id' | 'policyId'> & { id: string; policyId: string | null };
interface SetupRow extends Record<string, unknown> {
  revision: string | null;
  policies: PolicyJson[] | null;
  rules: RuleJson[] | null;
  calendars:
    | { id: string; name: string; snapshotId: string; hash: string; content: CompiledSnapshot['content'] }[]
    | null;
  statuses: { id: string; category: SlaSetup['statuses'][number]['category'] }[] | null;
}

export function slaSetupQuery(): Statement<SlaSetup> {
  const query = rows<SetupRow>(sql`select
    (select revision from compiled_configs where kind = 'sla') as revision,
    (select jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'name', p.name, 'track', p.track,
        'position', p.position, 'enabled', p.enabled, 'conditions', p.conditions, 'targets', coalesce(
          (select jsonb_agg(jsonb_build_object('metric', t.metric, 'priority', t.priority,
              'targetSeconds', t.target_seconds, 'warnBeforeSeconds', t.warn_before_seconds,
              'calendarMode', t.calendar_mode, 'combine', t.combine, 'reopenMode', t.reopen_mode,
              'pauseCategories', to_jsonb(t.pause_categories),
              'pauseStatusIds', (select coalesce(jsonb_agg(s.status_id order by s.status_id), '[]')
                from sla_target_pause_statuses s where s.target_id = t.id),
              'calendarIds', (select coalesce(jsonb_agg(c.business_hours_id order by c.business_hours_id), '[]')
                from sla_target_calendars c where c.target_id = t.id)) order by t.metric, t.priority)
            from sla_targets t where t.policy_id = p.id), '[]')) order by p.position, p.id)
      from sla_policies p where p.archived_at is null) as policies,
    (select jsonb_agg(jsonb_build_object('id', r.id, 'policyId', r.policy_id, 'metrics', to_jsonb(r.metrics),
        'priorities', to_jsonb(r.priorities), 'offsetSeconds', r.offset_seconds, 'percent', r.percent) order by r.id)
      from escalation_rules r where r.enabled) as rules,
    (select jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'snapshotId', n.id,
        'hash', encode(n.content_hash, 'hex'), 'content', n.content) order by b.id)
      from business_hours b join calendar_snapshots n on n.id = b.snapshot_id where b.archived_at is null) as calendars,
    (select jsonb_agg(jsonb_build_object('id', s.id, 'category', s.category))
      from ticket_statuses s where s.deleted_at is null) as statuses`);
  return { ...query, read: (result) => setupOf(query.read(result)[0] as SetupRow) };
}

const setupOf = ({ revision, policies, rules, calendars, statuses }: SetupRow): SlaSetup => ({
  revision: Number(revision ?? 0),
  policies: (policies ?? []).map(({ id, targets, ...policy }) => ({
    ...policy,
    id: uuidToId('sla', id),
    conditions: policy.conditions as StoredCondition,
    targets: targets.map(targetOf),
  })),
  rules: (rules ?? []).map(({ id, policyId, ...rule }) => ({
    ...rule,
    id: uuidToId('esc', id),
    policyId: policyId === null ? null : uuidToId('sla', policyId),
  })),
  calendars: (calendars ?? []).map(({ id, name, snapshotId, hash, content }) => ({
    id: uuidToId('bh', id),
    name,
    snapshot: { id: uuidToId('csnap', snapshotId), hash, content },
  })),
  statuses: (statuses ?? []).map(({ id, category }) => ({ id: uuidToId('tstat', id), category })),
});

const targetOf = ({ calendarIds, pauseCategories, pauseStatusIds, ...target }: TargetJson): CompiledTarget => ({
  ...target,
  calendarIds: calendarIds.map((id) => uuidToId('bh', id)),
  pauseRule: { categories: pauseCategories, statusIds: pauseStatusIds.map((id) => uuidToId('tstat', id)) },
});
