import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import type { ValueOf } from '#schema/values.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Clock, Timer } from './clock.ts';
import { type CompiledSla, type CompiledSnapshot, NO_SLA } from './compiled-sla.ts';
import { type HeldConfig, heldConfig, holdConfig } from './held-config.ts';
import { type LoadedSlaState, NO_STATE, type SlaState } from './sla-state.ts';

/** The compiled configuration; the row sends its content only when this isolate does not hold it already. */
export function slaConfigQuery(): Statement<CompiledSla> {
  const known = heldConfig();
  const query = rows<{ revision: string; stamp: string; content: CompiledSla | null }>(sql`
    select revision, updated_at::text as stamp,
      case when (revision, updated_at::text) is distinct from
        (${known?.revision ?? null}::bigint, ${known?.stamp ?? null}::text) then content end as content
    from compiled_configs where kind = 'sla'`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) return NO_SLA;
      if (row.content === null) return (known as HeldConfig).config;
      holdConfig({ revision: Number(row.revision), stamp: row.stamp, config: row.content });
      return row.content;
    },
  };
}

type Json<T> = { [K in keyof T]: T[K] };
type ClockJson = Json<Omit<Clock, 'snapshotIds' | 'timers'>> & { snapshotIds: string[]; timers: Json<Timer>[] };
type TrackJson = { policyId: string | null; policyVersion: number | null; pinned: boolean };
interface StateRow extends Record<string, unknown> {
  promised: { customer: TrackJson; internal: TrackJson; configRevision: number } | null;
  clocks: ClockJson[] | null;
  snapshots: { id: string; hash: string; content: CompiledSnapshot['content'] }[] | null;
}

/** Epoch milliseconds, exact because columns hold milliseconds. */
const ms = (column: string) => sql.raw(`(extract(epoch from ${column}) * 1000)::bigint`);

/**
 * What is promised about one ticket; the empty state for one without a row. The newest clock of each track and metric is
 * enough: an open one is always the newest, and only the newest can be reopened or revived.
 */
export function slaStateQuery(ticketId: Id<'tkt'> | SQL): Statement<LoadedSlaState> {
  const ticket = typeof ticketId === 'string' ? sql`${idToUuid(ticketId)}::uuid` : ticketId;
  const known = knownSnapshots();
  const query = rows<StateRow>(
    sql`select state.*, ${snapshotsOf(sql`select ${ticket}`, known)} as snapshots from (${stateSql(ticket)}) state`,
  );
  return {
    ...query,
    read(result) {
      const [row] = query.read(result) as [StateRow];
      return { state: stateOf(row), snapshots: [...known, ...snapshotsIn(row)] };
    },
  };
}

/** The same about many tickets; `ticketIds` is a subquery of one uuid column. Their snapshots come once. */
export function slaStatesQuery(ticketIds: SQL): Statement<ReadonlyMap<Id<'tkt'>, LoadedSlaState>> {
  const known = knownSnapshots();
  const query = rows<StateRow & { ticket_id: string }>(sql`
    with asked (id) as materialized (${ticketIds})
    select asked.id as ticket_id, state.*,
      case when row_number() over () = 1 then ${snapshotsOf(sql`select id from asked`, known)} end as snapshots
    from asked cross join lateral (${stateSql(sql`asked.id`)}) state`);
  return {
    ...query,
    read(result) {
      const found = query.read(result);
      const snapshots = [...known, ...found.flatMap(snapshotsIn)];
      return new Map(found.map((row) => [uuidToId('tkt', row.ticket_id), { state: stateOf(row), snapshots }]));
    },
  };
}

const knownSnapshots = (): readonly CompiledSnapshot[] => heldConfig()?.config.snapshots ?? [];

/** As JSON and not JSONB, which goes out as it is put together. */
const stateSql = (ticket: SQL): SQL => sql`
    select
      (select json_build_object(
          'customer', json_build_object('policyId', customer_policy_id, 'policyVersion', customer_policy_version,
            'pinned', customer_pinned),
          'internal', json_build_object('policyId', internal_policy_id, 'policyVersion', internal_policy_version,
            'pinned', internal_pinned),
          'configRevision', config_revision)
        from ticket_sla where ticket_id = ${ticket}) as promised,
      (select json_agg(json_build_object(
          'id', k.id, 'ticketId', k.ticket_id, 'track', k.track, 'metric', k.metric, 'cycle', k.cycle, 'state', k.state,
          'policyId', k.policy_id, 'policyVersion', k.policy_version, 'configRevision', k.config_revision,
          'targetSeconds', k.target_seconds, 'warnBeforeSeconds', k.warn_before_seconds,
          'snapshotIds', to_json(k.snapshot_ids), 'combine', k.combine, 'pauseRule', k.pause_rule,
          'reopenMode', k.reopen_mode, 'startedAt', ${ms('k.started_at')}, 'lateStarted', k.late_started,
          'segmentStartedAt', ${ms('k.segment_started_at')}, 'consumedMs', k.consumed_ms, 'dueAt', ${ms('k.due_at')},
          'dueError', k.due_error, 'breachedAt', ${ms('k.breached_at')}, 'settledAt', ${ms('k.settled_at')},
          'cancelReason', k.cancel_reason, 'latenessMs', k.lateness_ms, 'priority', k.priority, 'teamId', k.team_id,
          'inboxId', k.inbox_id, 'assigneePrincipalId', k.assignee_principal_id, 'calcVersion', k.calc_version,
          'inputsHash', encode(k.inputs_hash, 'hex'),
          'lastEventAt', greatest(${ms('k.started_at')}, (select ${ms('max(e.at)')} from sla_events e
            where e.clock_id = k.id and e.source <> 'sweep')),
          'timers', coalesce((select json_agg(json_build_object('kind', t.kind, 'ruleId', t.rule_id,
            'repeatNo', t.repeat_no, 'arming', t.arming, 'markMs', t.mark_ms, 'fireAt', ${ms('t.fire_at')},
            'firedAt', ${ms('t.fired_at')}) order by t.mark_ms, t.id) from sla_timers t where t.clock_id = k.id), '[]')
        ) order by k.track, k.metric)
        from (select distinct on (track, metric) * from ticket_sla_clocks
          where ticket_id = ${ticket} order by track, metric, cycle desc) k) as clocks`;

/** What the clocks of some tickets were reckoned with, but for what is known. */
const snapshotsOf = (ticketIds: SQL, known: readonly CompiledSnapshot[]): SQL => sql`
    (select json_agg(json_build_object('id', s.id, 'hash', encode(s.content_hash, 'hex'), 'content', s.content))
      from calendar_snapshots s
      where s.id in (select unnest(snapshot_ids) from ticket_sla_clocks where ticket_id in (${ticketIds}))
        and s.id <> all (${`{${known.map(({ id }) => idToUuid(id)).join(',')}}`}::uuid[]))`;

const snapshotsIn = ({ snapshots }: StateRow): CompiledSnapshot[] =>
  (snapshots ?? []).map(({ id, ...rest }) => ({ id: uuidToId('csnap', id), ...rest }));

const stateOf = ({ promised, clocks }: StateRow): SlaState => ({
  policies:
    promised === null
      ? NO_STATE.policies
      : { customer: trackOf(promised.customer), internal: trackOf(promised.internal) },
  configRevision: promised?.configRevision ?? 0,
  clocks: (clocks ?? []).map(clockOf),
});

const trackOf = ({ policyId, ...rest }: TrackJson): SlaState['policies']['customer'] => ({
  policyId: idOf('sla', policyId),
  ...rest,
});

const clockOf = (json: ClockJson): Clock => ({
  ...json,
  id: uuidToId('slac', json.id),
  ticketId: uuidToId('tkt', json.ticketId),
  policyId: uuidToId('sla', json.policyId),
  snapshotIds: json.snapshotIds.map((id) => uuidToId('csnap', id)),
  teamId: idOf('team', json.teamId),
  inboxId: idOf('inbox', json.inboxId),
  assigneePrincipalId: idOf('prin', json.assigneePrincipalId),
  timers: json.timers.map((timer) => ({ ...timer, ruleId: idOf('esc', timer.ruleId) })),
});

const idOf = <P extends ValueOf<['sla', 'team', 'inbox', 'prin', 'esc']>>(
  prefix: P,
  uuid: string | null,
): Id<P> | null => (uuid === null ? null : uuidToId(prefix, uuid));
