import { type SQL, sql } from 'drizzle-orm';
import { EVENTS } from '#schema/events.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { iso, ticketJson, typeid } from '#services/sla/ticket-json.ts';

/** Tickets that one statement moves. */
export const MOVED_AT_ONCE = 500;

/** How long one run goes on; what is left is due at the next. */
const MAX_RUN_MS = 20_000;

/** A move that time brings, to tickets whose clocks it does not touch. */
export interface DueMove {
  cause: 'auto_close' | 'wake';
  /** `from` and `where` over `tickets t`, with the target as `s`, and the order in which they were due. */
  from: SQL;
  where: SQL;
  order: SQL;
  /** Columns beside those that every move sets. */
  set: SQL;
  /** Versioned fields beside the status, as the activity tells them. */
  changes: SQL;
}

interface Moved {
  moved: number;
  firstEventId: Id<'evt'> | null;
}

/** Moves what is due until nothing is, in statements of 500. Runs that overlap share the work. Answers how many. */
export async function moveDue(kernel: Kernel, move: DueMove): Promise<number> {
  const began = kernel.db.spent.milliseconds;
  const statement = moveStatement(kernel, move);
  let total = 0;
  let first: Id<'evt'> | null = null;
  for (;;) {
    const [{ moved, firstEventId }] = await kernel.db.batch([statement], { kind: 'commit' });
    total += moved;
    first ??= firstEventId;
    if (moved < MOVED_AT_ONCE || kernel.db.spent.milliseconds - began > MAX_RUN_MS) break;
  }
  if (first !== null) await kernel.waker.wake([{ queue: 'events', message: { kind: 'events', id: first } }]);
  return total;
}

/**
 * Claims rows that it can lock at once, so it never waits and never moves one that has moved meanwhile, and writes ticket,
 * activity, audit and event in one statement: the same that `changeTicket` writes for one, which a test compares.
 */
function moveStatement({ now, deskUrl, request }: Kernel, move: DueMove): Statement<Moved> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const actor = systemActor();
  const requestId = sql`${idToUuid(request.requestId)}::uuid`;
  const query = rows<{ moved: number; first_event_id: string | null }>(sql`
    with due as materialized (
      select t.id, t.event_seq, t.status_id as from_id, t.status_category as from_category, f.public_label as from_label,
        t.wake_at, t.reopen_count, s.id as to_id, s.category as to_category, s.public_label as to_label
      from ${move.from} join ticket_statuses f on f.id = t.status_id
      where ${move.where} order by ${move.order}, t.id limit ${sql.raw(String(MOVED_AT_ONCE))}
      for no key update of t skip locked
    ), moved as (
      update tickets x set status_id = due.to_id, status_category = due.to_category, wake_at = null, ${move.set},
        last_activity_at = ${at}, last_public_at = ${at}, updated_at = ${at}, version = x.version + 1,
        revision = x.revision + 1, event_seq = x.event_seq + 1
      from due where x.id = due.id returning x.*
    ), told as materialized (
      select m.id as ticket_id, m.number, m.subject, m.status_category, m.priority, m.channel, m.visibility,
        m.primary_team_id, m.assignee_team_id, m.assignee_principal_id, m.inbox_id, m.organization_id,
        m.requester_contact_id, m.requester_principal_id, m.version, m.revision, m.event_seq, d.from_id, d.from_category,
        d.from_label, d.wake_at, d.reopen_count, d.to_id, d.to_category, d.to_label, uuidv7() as event_id
      from moved m join due d on d.id = m.id
    ), noted as (
      insert into ticket_activity (ticket_id, revision, version, type, audience, actor_kind, actor_label, cause, data, created_at)
      select ticket_id, revision, version, 'status_changed', 'public', ${actor.actorKind}, ${actor.actorLabel}, ${move.cause},
        jsonb_build_object('changes', jsonb_build_array(jsonb_build_object('field', 'statusId',
          'from', ${typeid('tstat', 'from_id')}, 'to', ${typeid('tstat', 'to_id')})) || ${move.changes}), ${at}
      from told
    ), audited as (
      insert into audit_events (action, actor_kind, actor_label, target_type, target_id, target_label, changed_fields, changes,
        event_id, surface, request_id, occurred_at)
      select 'ticket.status_changed', ${actor.actorKind}, ${actor.actorLabel}, 'ticket', ticket_id, '#' || number, '{statusId}',
        jsonb_build_object('statusId', jsonb_build_array(${typeid('tstat', 'from_id')}, ${typeid('tstat', 'to_id')})),
        event_id, ${request.surface}, ${requestId}, ${at}
      from told
    ), emitted as (
      insert into events (id, type, schema_version, entity_type, entity_id, entity_seq, audience, inbox_ids, team_ids,
        actor_kind, actor_label, surface, payload, request_id, occurred_at)
      select event_id, 'ticket.status_changed', ${EVENTS['ticket.status_changed'].version}::date, 'ticket', ticket_id, event_seq,
        'public', array_remove(array[inbox_id], null),
        array(select distinct team from unnest(array[primary_team_id, assignee_team_id]) team where team is not null),
        ${actor.actorKind}, ${actor.actorLabel}, ${request.surface},
        jsonb_build_object('ticket', ${ticketJson(deskUrl)},
          'from', jsonb_build_object('id', ${typeid('tstat', 'from_id')}, 'category', from_category, 'publicLabel', from_label),
          'to', jsonb_build_object('id', ${typeid('tstat', 'to_id')}, 'category', to_category, 'publicLabel', to_label),
          'cause', ${move.cause}::text, 'reopened', false, 'reopenCount', reopen_count),
        ${requestId}, ${at}
      from told
    )
    select (select count(*) from told)::integer as moved, (select event_id from told limit 1) as first_event_id`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      const first = row?.first_event_id ?? null;
      return { moved: row?.moved ?? 0, firstEventId: first === null ? null : uuidToId('evt', first) };
    },
  };
}

/** How a wake-up that is over stands in the activity. */
export const WOKEN = sql`jsonb_build_array(jsonb_build_object('field', 'wakeAt', 'from', ${iso('wake_at')}, 'to', null))`;
