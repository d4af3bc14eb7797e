import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { type EventDraft, event, type RootWrite } from '#services/kernel/change.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import { open } from '#services/webhooks/delivery-rules.ts';

/** What a purge needs of a ticket in the trash. */
export interface PurgedRow {
  id: Id<'tkt'>;
  number: number;
  revision: number;
  eventSeq: number;
  inboxId: Id<'inbox'> | null;
  primaryTeamId: Id<'team'> | null;
  assigneeTeamId: Id<'team'> | null;
}

export const purgedColumns = {
  id: tickets.id,
  number: tickets.number,
  revision: tickets.revision,
  eventSeq: tickets.eventSeq,
  inboxId: tickets.inboxId,
  primaryTeamId: tickets.primaryTeamId,
  assigneeTeamId: tickets.assigneeTeamId,
};

/** The rows under guard, so that what is restored meanwhile stays; they go in the same commit. */
export const purgedRoots = (gone: readonly PurgedRow[]): RootWrite[] => [
  { kind: 'updates', table: tickets, what: 'tickets', loaded: gone, set: {} },
];

/**
 * Everything that is kept of tickets, ended in order: their objects for the sweep, what events and deliveries tell of them,
 * the rows with all that hangs on them. The audit keeps id and number.
 */
export function purgeWrites(gone: readonly PurgedRow[], now: Date): Statement[] {
  const at = sql`${now.toISOString()}::timestamptz`;
  const ids = sql`${`{${gone.map(({ id }) => idToUuid(id)).join(',')}}`}::uuid[]`;
  const told = sql`array(select e.id from events e where e.entity_id = any (${ids}))`;
  const audited = sql`select a.id from audit_events a where a.target_id = any (${ids}) and a.action <> 'ticket.purged'`;
  const ofDeliveries = sql`array(select w.id from webhook_deliveries w join deliveries d on d.id = w.delivery_id where d.entity_id = any (${ids}))`;
  return [
    run(sql`insert into object_deletions (storage_key, not_before)
      select storage_key, ${at} from ticket_attachments where ticket_id = any (${ids})
      union select m.raw_key, ${at} from email_messages m where m.ticket_id = any (${ids}) and m.raw_key is not null
        and not exists (select from email_messages o where o.wire_id = m.wire_id and o.raw_key = m.raw_key and (o.ticket_id = any (${ids})) is not true)
      on conflict do nothing`),
    redact('webhook_deliveries', ofDeliveries, ['response_body']),
    run(sql`update deliveries d set state = 'cancelled', reason = 'erased', lease_token = null, next_attempt_at = null, ended_at = ${at}
      where d.entity_id = any (${ids}) and ${open('d')}`),
    redact('events', told, ['payload', 'actor_label', 'erased_at']),
    // After it: a body that was being kept meanwhile held the event.
    run(sql`delete from event_bodies where event_id = any (${told})`),
    redact('audit_events', sql`array(${audited})`, ['changes']),
    run(sql`update audit_leaves l set private_salt = null from audit_events a
      where l.audit_seq = a.seq and l.private_salt is not null and a.id in (${audited})`),
    run(sql`delete from ticket_messages where ticket_id = any (${ids})`),
    run(sql`select public.purge_tickets(${ids})`),
  ];
}

const redact = (table: string, ids: SQL, columns: readonly string[]): Statement =>
  run(sql`select public.redact_rows(${table}, ${ids}, ${`{${columns.join(',')}}`}::text[])`);

/** Tells consumers to forget each. */
export const purgedEvents = (gone: readonly PurgedRow[]): EventDraft[] =>
  gone.map(({ id, number, inboxId, primaryTeamId, assigneeTeamId }) =>
    event({
      type: 'ticket.purged',
      entity: id,
      audience: 'internal',
      payload: { ticket: { id, number } },
      inboxIds: inboxId === null ? [] : [inboxId],
      teamIds: [...new Set([primaryTeamId, assigneeTeamId].filter((team) => team !== null))],
    }),
  );
