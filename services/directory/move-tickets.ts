import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
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

/** Moves the first of the tickets in the commit, and leaves a job for the rest where there is one. */
export function moveTickets(
  move: TicketMove,
  { now, ids }: Pick<Deciding, 'now' | 'ids'>,
  actor: ActorRow,
  cause: 'agent' | 'api' | 'merge' = actor.apiKeyId === null ? 'agent' : 'api',
): Also {
  const jobId = newId(ids, 'bulk');
  return {
    writes: [moveStatement(move, { cause, actor, now, jobId: null }), leaveRest(jobId, move, actor, now)],
    wakes: [{ queue: 'events', message: { kind: 'bulk_job', id: jobId } }],
  };
}

/** The next of the tickets, each with an entry in its activity. */
export function moveStatement(
  move: TicketMove,
  by: { cause: 'agent' | 'api' | 'merge' | 'bulk'; actor: ActorRow; now: Date; jobId: Id<'bulk'> | null },
): Statement {
  const column = sql.raw(move.column);
  const at = sql`${by.now.toISOString()}::timestamptz`;
  const data = { changes: [{ field: FIELDS[move.column], from: move.from, to: move.to }] };
  return run(sql`
    with picked as (
      select id from tickets where ${matching(move)} order by id limit ${MOVED_AT_ONCE} for update),
    moved as (
      update tickets t set ${column} = ${uuidOf(move.to)}, revision = t.revision + 1, version = t.version + 1, last_activity_at = ${at}, updated_at = ${at}
      from picked where t.id = picked.id returning t.id, t.revision, t.version)
    insert into ticket_activity (ticket_id, revision, version, type, audience, actor_kind, actor_id, actor_label, cause, data, bulk_job_id, created_at)
    select id, revision, version, 'updated', 'internal', ${by.actor.actorKind}, ${by.actor.actorId}::uuid, ${by.actor.actorLabel}::text, ${by.cause},
      ${JSON.stringify(data)}::jsonb, ${uuidOf(by.jobId)}, ${at} from moved`);
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
