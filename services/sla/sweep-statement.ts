import { type SQL, sql } from 'drizzle-orm';
import { EVENTS } from '#schema/events.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { RequestFacts } from '#services/kernel/verb.ts';
import { iso, ticketJson, typeid } from './ticket-json.ts';

/** Rows a statement claims: enough to drain an hour's outage, little enough to hold its locks for a moment. */
export const SWEEP_ROWS = 500;

export interface Sweep {
  now: Date;
  deskUrl: string;
  request: Pick<RequestFacts, 'surface' | 'requestId'>;
}

export interface Swept {
  claimed: number;
  /** Of them, those that were told; the others were consumed in silence. */
  acted: number;
  firstEventId: Id<'evt'> | null;
}

type SweptRow = { claimed: number; acted: number; first_event_id: string | null };

const version = (type: keyof typeof EVENTS): SQL => sql.raw(`date '${EVENTS[type].version}'`);

/** `services/sla/sla-tellings.ts` makes the same key for a breach that a verb notices first. */
const DEDUPE_KEY = sql.raw(
  `concat_ws(':', 'sla', t.clock_id, t.kind, coalesce(t.rule_id::text, '-'), t.repeat_no, t.arming)`,
);

/**
 * Fires what is due, in one statement: claims rows that it can lock at once, so it never waits, and writes breach, log,
 * timeline and events with their numbers. A deadline's own millisecond is still in time, so the comparison is strict. The
 * payloads equal those of the catalogue; a test parses them. The key is looked up by a scalar subquery, which stays an
 * index probe a row; `not exists` could be planned as a scan of the whole stream.
 */
export function sweepStatement({ now, deskUrl, request }: Sweep): Statement<Swept> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const actor = systemActor();
  const query = rows<SweptRow>(sql`
    with due as materialized (
      select t.id as timer_id, t.clock_id, t.ticket_id, t.kind, t.rule_id, t.repeat_no, t.arming, t.fire_at,
        k.track, k.metric, k.cycle, k.state, k.policy_id, k.policy_version, k.target_seconds, k.warn_before_seconds,
        k.started_at, k.due_at, k.breached_at, greatest(k.consumed_ms, t.mark_ms) as consumed_ms,
        x.number, x.subject, x.status_category, x.priority, x.channel, x.visibility, x.primary_team_id,
        x.assignee_team_id, x.assignee_principal_id, x.inbox_id, x.organization_id, x.requester_contact_id,
        x.requester_principal_id, x.version, x.revision, x.event_seq,
        r.name as rule_name, r.offset_seconds, r.percent, r.actions, ${DEDUPE_KEY} as dedupe_key,
        coalesce(case t.kind when 'warn' then k.due_at >= ${at} and k.breached_at is null
          when 'breach' then k.breached_at is null else r.enabled end, false)
          and (select e.id from events e where e.dedupe_key = ${DEDUPE_KEY}) is null as acts
      from sla_timers t
      join ticket_sla_clocks k on k.id = t.clock_id
      join tickets x on x.id = t.ticket_id
      left join escalation_rules r on r.id = t.rule_id
      where t.fired_at is null and t.fire_at < ${at} and k.state in ('running', 'paused')
      order by t.fire_at, t.id limit ${sql.raw(String(SWEEP_ROWS))}
      for no key update of t, k, x skip locked
    ), told as materialized (
      select *, uuidv7() as event_id, row_number() over (partition by ticket_id order by fire_at, timer_id) as n
      from due where acts
    ), fired as (
      update sla_timers t set fired_at = ${at} from due where t.id = due.timer_id
    ), breached as (
      update ticket_sla_clocks k set breached_at = told.fire_at, priority = told.priority,
        team_id = coalesce(told.assignee_team_id, told.primary_team_id), inbox_id = told.inbox_id,
        assignee_principal_id = told.assignee_principal_id
      from told where told.kind = 'breach' and k.id = told.clock_id
    ), ticket as (
      update tickets x set event_seq = x.event_seq + c.n, revision = x.revision + 1, updated_at = ${at}
      from (select ticket_id, count(*) as n from told group by ticket_id) c where x.id = c.ticket_id
    ), logged as (
      insert into sla_events (clock_id, ticket_id, type, at, recorded_at, source, actor_kind, actor_label, consumed_ms,
        target_seconds, due_at, event_id)
      select due.clock_id, due.ticket_id,
        case due.kind when 'warn' then case when due.acts then 'warned' else 'warn_skipped' end
          when 'breach' then case when due.acts then 'breached' else 'breach_skipped' end
          else case when due.acts then 'escalated' else 'escalation_skipped' end end,
        due.fire_at, ${at}, 'sweep', ${actor.actorKind}, ${actor.actorLabel}, due.consumed_ms, due.target_seconds,
        due.due_at, told.event_id
      from due left join told using (timer_id) order by due.fire_at, due.timer_id
    ), noted as (
      insert into ticket_activity (ticket_id, revision, type, audience, actor_kind, actor_label, cause, data, created_at)
      select ticket_id, revision + 1, 'sla.breached', 'internal', ${actor.actorKind}, ${actor.actorLabel}, 'sla',
        jsonb_build_object('clockId', ${typeid('slac', 'clock_id')}, 'track', track, 'metric', metric,
          'policyId', ${typeid('sla', 'policy_id')}, 'breachedAt', ${iso('fire_at')}), ${at}
      from told where kind = 'breach' order by fire_at, timer_id
    ), emitted as (
      insert into events (id, type, schema_version, entity_type, entity_id, entity_seq, audience, inbox_ids, team_ids,
        actor_kind, actor_label, surface, payload, request_id, dedupe_key, occurred_at)
      select event_id,
        case kind when 'warn' then 'ticket.sla_warning' when 'breach' then 'ticket.sla_breached'
          else 'ticket.sla_escalated' end,
        case kind when 'warn' then ${version('ticket.sla_warning')} when 'breach' then ${version('ticket.sla_breached')}
          else ${version('ticket.sla_escalated')} end,
        'ticket', ticket_id, event_seq + n, 'internal', array_remove(array[inbox_id], null),
        array(select distinct team from unnest(array[primary_team_id, assignee_team_id]) team where team is not null),
        ${actor.actorKind}, ${actor.actorLabel}, ${request.surface},
        jsonb_build_object('ticket', ${ticketJson(deskUrl)}, 'clock', ${CLOCK_JSON}) || case kind
          when 'warn' then jsonb_build_object('warnBeforeSeconds', warn_before_seconds)
          when 'breach' then jsonb_build_object('detectedAt', ${iso(`'${now.toISOString()}'::timestamptz`)},
            'lagMs', round(extract(epoch from ${at} - fire_at) * 1000)::bigint)
          else jsonb_build_object('ruleId', ${typeid('esc', 'rule_id')}, 'ruleName', rule_name, 'repeatNo', repeat_no,
            'offsetSeconds', offset_seconds, 'percent', percent, 'actions', actions) end,
        ${idToUuid(request.requestId)}::uuid, dedupe_key, ${at}
      from told order by fire_at, timer_id
    )
    select (select count(*) from due)::integer as claimed, (select count(*) from told)::integer as acted,
      (select event_id from told order by fire_at, timer_id limit 1) as first_event_id`);
  return {
    ...query,
    read: (result) => {
      const { claimed, acted, first_event_id: first } = query.read(result)[0] as SweptRow;
      return { claimed, acted, firstEventId: first === null ? null : uuidToId('evt', first) };
    },
  };
}

/** `ClockView` of the catalogue, seen at the timer's mark. */
const CLOCK_JSON = sql`jsonb_build_object(
  'id', ${typeid('slac', 'clock_id')}, 'track', track, 'metric', metric, 'cycle', cycle, 'state', state,
  'policyId', ${typeid('sla', 'policy_id')}, 'policyVersion', policy_version, 'targetSeconds', target_seconds,
  'startedAt', ${iso('started_at')}, 'dueAt', ${iso('due_at')}, 'consumedMs', consumed_ms,
  'remainingMs', greatest(0, target_seconds * 1000::bigint - consumed_ms),
  'breachedAt', case when kind = 'breach' then ${iso('fire_at')} else ${iso('breached_at')} end,
  'settledAt', null, 'latenessMs', null)`;
