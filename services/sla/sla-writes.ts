import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import type { Statement } from '#services/kernel/query.ts';
import { hanging } from '#services/kernel/together.ts';
import { type Clock, isOpen } from './clock.ts';
import type { SlaLogEntry } from './clock-transitions.ts';
import { isoOf } from './clock-view.ts';
import type { SlaState } from './sla-state.ts';

export interface SlaWrite {
  ticketId: Id<'tkt'>;
  was: SlaState;
  now: SlaState;
  log: readonly SlaLogEntry[];
  actor: ActorRow;
  recordedAt: Date;
}

/** At most two statements, whatever the number of clocks: forget what has not fired, then write everything else. */
export function slaWrites(write: SlaWrite): Statement[] {
  const { was, now } = write;
  const touched = now.clocks.filter((clock) => !was.clocks.includes(clock));
  const known = touched.filter((clock) => was.clocks.some(({ id }) => id === clock.id));
  if (touched.length === 0 && was.policies === now.policies) return [];
  return [
    ...(known.length === 0
      ? []
      : [
          overRows(
            { name: 'sla_forget', rank: 4 },
            known.map(({ id }) => id),
            forget,
          ),
        ]),
    overRows({ name: 'sla', rank: 5 }, [{ ...write, touched }], everything),
  ];
}

const forget = (clockIds: readonly Clock['id'][]): Statement =>
  hanging('first', [
    {
      sql: sql`delete from sla_timers where clock_id = any(${`{${clockIds.map(idToUuid).join(',')}}`}::uuid[]) and fired_at is null`,
    },
  ]);

type Touching = SlaWrite & { touched: readonly Clock[] };

/** Settled clocks stand before new cycles: the index of open clocks allows one at a time. */
function everything(writes: readonly Touching[]): Statement {
  const touched = writes.flatMap((write) => write.touched);
  const clocks = touched.toSorted((a, b) => Number(isOpen(a)) - Number(isOpen(b)) || (a.id < b.id ? -1 : 1));
  const log = writes.flatMap((write) => write.log.map((line) => logRow(line, write)));
  const promised = sql`insert into ticket_sla (ticket_id, customer_policy_id, customer_policy_version, customer_pinned,
        internal_policy_id, internal_policy_version, internal_pinned, config_revision)
      select * from jsonb_to_recordset(${JSON.stringify(writes.map(promisedRow))}::jsonb) as p(ticket_id uuid,
        customer_policy_id uuid, customer_policy_version integer, customer_pinned boolean, internal_policy_id uuid,
        internal_policy_version integer, internal_pinned boolean, config_revision bigint)
      on conflict (ticket_id) do update set customer_policy_id = excluded.customer_policy_id,
        customer_policy_version = excluded.customer_policy_version, customer_pinned = excluded.customer_pinned,
        internal_policy_id = excluded.internal_policy_id, internal_policy_version = excluded.internal_policy_version,
        internal_pinned = excluded.internal_pinned, config_revision = excluded.config_revision`;
  const clocksNow = sql`insert into ticket_sla_clocks (id, ticket_id, track, metric, cycle, state, policy_id, policy_version,
        config_revision, target_seconds, warn_before_seconds, snapshot_ids, combine, pause_rule, reopen_mode, started_at,
        late_started, segment_started_at, consumed_ms, due_at, due_error, breached_at, settled_at, cancel_reason,
        lateness_ms, priority, team_id, inbox_id, assignee_principal_id, calc_version, inputs_hash)
      select id, ticket_id, track, metric, cycle, state, policy_id, policy_version, config_revision, target_seconds,
        warn_before_seconds, snapshot_ids, combine, pause_rule, reopen_mode, started_at, late_started,
        segment_started_at, consumed_ms, due_at, due_error, breached_at, settled_at, cancel_reason, lateness_ms,
        priority, team_id, inbox_id, assignee_principal_id, calc_version, decode(inputs_hash, 'hex')
      from jsonb_to_recordset(${JSON.stringify(clocks.map(clockRow))}::jsonb) as c(id uuid, ticket_id uuid, track text,
        metric text, cycle integer, state text, policy_id uuid, policy_version integer, config_revision bigint,
        target_seconds integer, warn_before_seconds integer, snapshot_ids uuid[], combine text, pause_rule jsonb,
        reopen_mode text, started_at timestamptz, late_started boolean, segment_started_at timestamptz,
        consumed_ms bigint, due_at timestamptz, due_error text, breached_at timestamptz, settled_at timestamptz,
        cancel_reason text, lateness_ms bigint, priority text, team_id uuid, inbox_id uuid,
        assignee_principal_id uuid, calc_version smallint, inputs_hash text)
      on conflict (id) do update set state = excluded.state, policy_id = excluded.policy_id,
        policy_version = excluded.policy_version, config_revision = excluded.config_revision,
        target_seconds = excluded.target_seconds, warn_before_seconds = excluded.warn_before_seconds,
        snapshot_ids = excluded.snapshot_ids, combine = excluded.combine, pause_rule = excluded.pause_rule,
        reopen_mode = excluded.reopen_mode, segment_started_at = excluded.segment_started_at,
        consumed_ms = excluded.consumed_ms, due_at = excluded.due_at, due_error = excluded.due_error,
        breached_at = excluded.breached_at, settled_at = excluded.settled_at, cancel_reason = excluded.cancel_reason,
        lateness_ms = excluded.lateness_ms, priority = excluded.priority, team_id = excluded.team_id,
        inbox_id = excluded.inbox_id, assignee_principal_id = excluded.assignee_principal_id,
        calc_version = excluded.calc_version, inputs_hash = excluded.inputs_hash`;
  const timers = sql`insert into sla_timers (clock_id, ticket_id, kind, rule_id, repeat_no, arming, mark_ms, fire_at, fired_at)
      select * from jsonb_to_recordset(${JSON.stringify(touched.flatMap(timerRows))}::jsonb) as t(clock_id uuid,
        ticket_id uuid, kind text, rule_id uuid, repeat_no integer, arming integer, mark_ms bigint, fire_at timestamptz,
        fired_at timestamptz)
      on conflict (clock_id, kind, rule_id, repeat_no) do update set arming = excluded.arming,
        mark_ms = excluded.mark_ms, fire_at = excluded.fire_at, fired_at = excluded.fired_at
        where sla_timers.arming < excluded.arming`;
  const told = sql`insert into sla_events (clock_id, ticket_id, type, at, recorded_at, source, reason, actor_kind, actor_id,
      actor_label, consumed_ms, target_seconds, due_at, previous_outcome_at)
    select clock_id, ticket_id, type, at, recorded_at, 'verb', reason, actor_kind, actor_id, actor_label, consumed_ms,
      target_seconds, due_at, previous_outcome_at
    from jsonb_to_recordset(${JSON.stringify(log)}::jsonb) as e(clock_id uuid, ticket_id uuid, type text, at timestamptz,
      recorded_at timestamptz, reason text, actor_kind text, actor_id uuid, actor_label text, consumed_ms bigint,
      target_seconds integer, due_at timestamptz, previous_outcome_at timestamptz)`;
  return hanging(
    'last',
    [promised, clocksNow, timers, told].map((write) => ({ sql: write })),
  );
}

const promisedRow = ({ ticketId, now: { policies, configRevision } }: SlaWrite) => ({
  ticket_id: idToUuid(ticketId),
  customer_policy_id: uuid(policies.customer.policyId),
  customer_policy_version: policies.customer.policyVersion,
  customer_pinned: policies.customer.pinned,
  internal_policy_id: uuid(policies.internal.policyId),
  internal_policy_version: policies.internal.policyVersion,
  internal_pinned: policies.internal.pinned,
  config_revision: configRevision,
});

const uuid = (id: Id | null): string | null => (id === null ? null : idToUuid(id));

const clockRow = (clock: Clock) => ({
  id: idToUuid(clock.id),
  ticket_id: idToUuid(clock.ticketId),
  track: clock.track,
  metric: clock.metric,
  cycle: clock.cycle,
  state: clock.state,
  policy_id: idToUuid(clock.policyId),
  policy_version: clock.policyVersion,
  config_revision: clock.configRevision,
  target_seconds: clock.targetSeconds,
  warn_before_seconds: clock.warnBeforeSeconds,
  snapshot_ids: clock.snapshotIds.map(idToUuid),
  combine: clock.combine,
  pause_rule: clock.pauseRule,
  reopen_mode: clock.reopenMode,
  started_at: isoOf(clock.startedAt),
  late_started: clock.lateStarted,
  segment_started_at: isoOf(clock.segmentStartedAt),
  consumed_ms: clock.consumedMs,
  due_at: isoOf(clock.dueAt),
  due_error: clock.dueError,
  breached_at: isoOf(clock.breachedAt),
  settled_at: isoOf(clock.settledAt),
  cancel_reason: clock.cancelReason,
  lateness_ms: clock.latenessMs,
  priority: clock.priority,
  team_id: uuid(clock.teamId),
  inbox_id: uuid(clock.inboxId),
  assignee_principal_id: uuid(clock.assigneePrincipalId),
  calc_version: clock.calcVersion,
  inputs_hash: clock.inputsHash,
});

const timerRows = (clock: Clock) =>
  clock.timers.map((timer) => ({
    clock_id: idToUuid(clock.id),
    ticket_id: idToUuid(clock.ticketId),
    kind: timer.kind,
    rule_id: uuid(timer.ruleId),
    repeat_no: timer.repeatNo,
    arming: timer.arming,
    mark_ms: timer.markMs,
    fire_at: isoOf(timer.fireAt),
    fired_at: isoOf(timer.firedAt),
  }));

const logRow = (
  { type, at, reason, clock, previousOutcomeAt }: SlaLogEntry,
  { ticketId, actor, recordedAt }: SlaWrite,
) => ({
  clock_id: idToUuid(clock.id),
  ticket_id: idToUuid(ticketId),
  type,
  at: isoOf(at),
  recorded_at: recordedAt.toISOString(),
  reason,
  actor_kind: actor.actorKind,
  actor_id: actor.actorId,
  actor_label: actor.actorLabel,
  consumed_ms: clock.consumedMs,
  target_seconds: clock.targetSeconds,
  due_at: isoOf(clock.dueAt),
  previous_outcome_at: isoOf(previousOutcomeAt),
});
