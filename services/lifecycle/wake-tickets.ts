import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { rows, type Statement, statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { type Deciding, defineSystemVerb } from '#services/kernel/verb.ts';
import { slaOn } from '#services/sla/sla-on.ts';
import { slaConfigQuery, slaStatesQuery } from '#services/sla/sla-queries.ts';
import type { LoadedSla } from '#services/sla/sla-state.ts';
import { changeTicket } from '#services/tickets/change-ticket.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { matchFactsOf } from '#services/tickets/match-facts.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { type Status, statusMove } from '#services/tickets/status-machine.ts';
import { selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { type DueMove, moveDue, WOKEN } from './due-moves.ts';

/** Tickets with open clocks that one commit wakes: each is decided like an agent's move. */
const CHUNK = 200;

/** Whether anything is to wake; an index probe. */
export function wakeDueQuery(now: Date): Statement<boolean> {
  const query = rows<{ due: boolean }>(sql`
    select exists (select from tickets where wake_at <= ${now.toISOString()}::timestamptz and deleted_at is null) as due`);
  return { ...query, read: (result) => query.read(result)[0]?.due === true };
}

/** Opens what was to wait until now: set-based where no clock is open, else through a decision. Answers how many. */
export async function wakeTickets(kernel: Kernel): Promise<number> {
  let woken = await moveDue(kernel, waking(kernel.now));
  for (;;) {
    const decided = await runSystemVerb(kernel, wakeChunk, {}, systemActor());
    woken += decided;
    if (decided < CHUNK) return woken;
  }
}

const dueNow = (now: Date): SQL => sql`wake_at <= ${now.toISOString()}::timestamptz and deleted_at is null`;
const clocked = (ticket: SQL): SQL =>
  sql`exists (select from ticket_sla_clocks k where k.ticket_id = ${ticket} and k.state in ('running', 'paused'))`;

const waking = (now: Date): DueMove => ({
  cause: 'wake',
  from: sql`tickets t left join inboxes i on i.id = t.inbox_id cross join lateral (
    select o.id, o.category, o.public_label from ticket_statuses o
    where o.category = 'open' and o.deleted_at is null and (o.is_default or o.id = i.default_status_id)
    order by (o.id = i.default_status_id) desc nulls last limit 1) s`,
  where: sql`t.wake_at <= ${now.toISOString()}::timestamptz and t.deleted_at is null and not ${clocked(sql`t.id`)}`,
  order: sql`t.wake_at`,
  set: sql`closed_at = null`,
  changes: WOKEN,
});

const chunkIds = (now: Date): SQL =>
  sql`select id from tickets where ${dueNow(now)} and ${clocked(sql`tickets.id`)} order by wake_at, id limit ${CHUNK}`;

const wakeChunk = defineSystemVerb({
  name: 'wakeTickets',
  actor: 'system',

  load: (_input: Record<never, never>, { now }) => ({
    found: statement<TicketRow[]>(selectTickets().where(sql`${tickets.id} in (${chunkIds(now)})`)) as Statement<
      TicketRow[]
    >,
    targets: targetsQuery(chunkIds(now)),
    slaConfig: slaConfigQuery(),
    slaStates: slaStatesQuery(chunkIds(now)),
  }),

  decide({ found, targets, slaConfig, slaStates }, _input, by) {
    const permit = systemPermit('tick');
    const changes = found.flatMap((before) => {
      const to = targets.get(before.ticket.id);
      const sla = { config: slaConfig, state: slaStates.get(before.ticket.id) ?? null };
      return to === undefined ? [] : [wake(before, to, sla, by)];
    });
    if (changes.length === 0) return unchanged(permit, 0);
    const holds = [...new Set([...targets.values()].map(({ id }) => id))].map(holdStatus);
    return change({ ...mergeChanges(changes), holds, permit, answer: changes.length, audit: null });
  },
});

function wake(before: TicketRow, to: Status, sla: LoadedSla, by: Deciding) {
  const { ticket } = before;
  const after: TicketRow = {
    ...before,
    ticket: { ...ticket, ...statusMove(ticket, to, by.now), lastActivityAt: by.now },
    status: { name: to.name, publicLabel: to.publicLabel },
  };
  return changeTicket<null>({
    permit: systemPermit('tick'),
    before,
    after,
    cause: 'wake',
    sla: slaOn({
      cause: 'wake',
      before: ticket,
      after: after.ticket,
      about: matchFactsOf(after),
      loaded: sla,
      now: by.now,
      ids: by.ids,
      reference: ticketReference({ ticket: { ...after.ticket, version: ticket.version + 1 } }, by.deskUrl),
    }),
    audit: { action: 'ticket.status_changed' },
    deskUrl: by.deskUrl,
    answer: () => null,
  });
}

/** The default open status of each ticket. */
function targetsQuery(ids: SQL): Statement<ReadonlyMap<Id<'tkt'>, Status>> {
  const query = rows<{ ticket: Id<'tkt'>; id: Id<'tstat'>; name: string; public_label: string | null }>(sql`
    select to_typeid('tkt', t.id) as ticket, to_typeid('tstat', s.id) as id, s.name, s.public_label
    from tickets t left join inboxes i on i.id = t.inbox_id cross join lateral (
      select o.id, o.name, o.public_label from ticket_statuses o
      where o.category = 'open' and o.deleted_at is null and (o.is_default or o.id = i.default_status_id)
      order by (o.id = i.default_status_id) desc nulls last limit 1) s
    where t.id in (${ids})`);
  return {
    ...query,
    read: (result) =>
      new Map(
        query
          .read(result)
          .map(({ ticket, id, name, public_label: publicLabel }) => [
            ticket,
            { id, name, category: 'open', publicLabel },
          ]),
      ),
  };
}
