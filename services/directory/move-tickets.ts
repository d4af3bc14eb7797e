import { type SQL, sql } from 'drizzle-orm';
import { EVENTS } from '#schema/events.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { ticketJson } from '#services/sla/ticket-json.ts';
import type { Also } from './change-record.ts';

/** Tickets that are to name another organisation, or another contact, instead of the one they name. */
export interface TicketMove {
  column: 'organization_id' | 'requester_contact_id';
  from: Id<'org' | 'contact'> | null;
  to: Id<'org' | 'contact'> | null;
  /** Only this customer's; null for everybody's. */
  contactId: Id<'contact'> | null;
  which: 'active' | 'all';
}

/** What one commit moves; a job goes on with the rest. */
export const MOVED_AT_ONCE = 1000;

const FIELDS = { organization_id: 'organizationId', requester_contact_id: 'requesterContactId' } as const;

type Telling = Pick<Deciding, 'now' | 'deskUrl' | 'request'>;

/** Moves the first of the tickets in the commit, and leaves a job for the rest where there is one. */
export function moveTickets(
  move: TicketMove,
  by: Telling & Pick<Deciding, 'ids'>,
  actor: ActorRow,
  cause: 'agent' | 'api' | 'merge' = actor.apiKeyId === null ? 'agent' : 'api',
): Also {
  const jobId = newId(by.ids, 'bulk');
  return {
    writes: [moveStatement(move, { cause, actor, jobId: null }, by), leaveRest(jobId, move, actor, by.now)],
    wakes: [{ queue: 'events', message: { kind: 'bulk_job', id: jobId } }],
  };
}

/** The next of the tickets, each with an entry in its activity and, but for one in the trash, an event. */
export function moveStatement(
  move: TicketMove,
  { cause, actor, jobId }: { cause: 'agent' | 'api' | 'merge' | 'bulk'; actor: ActorRow; jobId: Id<'bulk'> | null },
  { now, deskUrl, request }: Telling,
): Statement {
  const before = jobId === null ? request.causation : null;
  const column = sql.raw(move.column);
  const at = sql`${now.toISOString()}::timestamptz`;
  const changes = JSON.stringify([{ field: FIELDS[move.column], from: move.from, to: move.to }]);
  const who = sql`${actor.actorKind}, ${actor.actorId}::uuid, ${actor.actorLabel}::text`;
  return run(sql`
    with picked as (
      select id from tickets where ${matching(move)} order by id limit ${MOVED_AT_ONCE} for update),
    moved as (
      update tickets t set ${column} = ${uuidOf(move.to)}, revision = t.revision + 1, version = t.version + 1, last_activity_at = ${at}, updated_at = ${at},
        event_seq = t.event_seq + (t.deleted_at is null)::int
      from picked where t.id = picked.id returning t.id as ticket_id, t.*),
    told as (
      insert into events (type, schema_version, entity_type, entity_id, entity_seq, inbox_ids, team_ids,
        actor_kind, actor_id, actor_label, surface, payload, causation_id, depth, request_id, occurred_at)
      select 'ticket.updated', ${EVENTS['ticket.updated'].version}::date, 'ticket', ticket_id, event_seq, array_remove(array[inbox_id], null),
        array(select distinct team from unnest(array[primary_team_id, assignee_team_id]) team where team is not null), ${who}, ${request.surface},
        jsonb_build_object('ticket', ${ticketJson(deskUrl)}, 'changes', ${changes}::jsonb, 'cause', ${cause}::text),
        ${uuidOf(jobId ?? before?.eventId ?? null)}, ${before === null ? 0 : before.depth + 1}, ${idToUuid(request.requestId)}::uuid, ${at}
      from moved where deleted_at is null)
    insert into ticket_activity (ticket_id, revision, version, type, audience, actor_kind, actor_id, actor_label, cause, data, bulk_job_id, created_at)
    select ticket_id, revision, version, 'updated', 'internal', ${who}, ${cause}, jsonb_build_object('changes', ${changes}::jsonb), ${uuidOf(jobId)}, ${at} from moved`);
}

export const anyToMove = (move: TicketMove): SQL => sql`exists (select from tickets where ${matching(move)})`;

const leaveRest = (jobId: Id<'bulk'>, move: TicketMove, actor: ActorRow, now: Date): Statement => {
  const at = sql`${now.toISOString()}::timestamptz`;
  return run(sql`
    insert into bulk_jobs (id, kind, actor_kind, actor_id, actor_label, params, heartbeat_at, created_at)
    select ${uuidOf(jobId)}, 'move_tickets', ${actor.actorKind}, ${actor.actorId}::uuid, ${actor.actorLabel}::text, ${JSON.stringify(move)}::jsonb, ${at}, ${at}
    where ${anyToMove(move)}`);
};

const matching = ({ column, from, contactId, which }: TicketMove): SQL => {
  const named = from === null ? sql`${sql.raw(column)} is null` : sql`${sql.raw(column)} = ${uuidOf(from)}`;
  const theirs = contactId === null ? sql`` : sql` and requester_contact_id = ${uuidOf(contactId)}`;
  return sql`${named}${theirs}${which === 'active' ? sql` and is_active and deleted_at is null` : sql``}`;
};

const uuidOf = (id: Id | null): SQL => sql`${id === null ? null : idToUuid(id)}::uuid`;
