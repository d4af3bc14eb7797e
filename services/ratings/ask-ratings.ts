import { type SQL, sql } from 'drizzle-orm';
import { newId } from '#schema/ids.ts';
import { ticketRatings, tickets } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { type Change, change, event, unchanged } from '#services/kernel/change.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { type Deciding, defineSystemVerb } from '#services/kernel/verb.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { ratingToken, tokenDigest } from './rating-token.ts';

const AT_ONCE = 200;
const MOST_ROUNDS = 20;
/** A solution is asked about within two weeks, and a request answered within as long. */
const DAY_MS = 24 * 60 * 60_000;
export const RATING_DAYS = 14;

type NewRating = typeof ticketRatings.$inferInsert;

/**
 * Of each customer the first solution that is old enough, where they have an address and were asked neither about it nor
 * lately at all. The index of solved tickets is walked first, so nothing is read beyond those two weeks.
 */
function dueIds(now: Date): SQL {
  const at = sql`${now.toISOString()}::timestamptz`;
  return sql`
    with fresh as materialized (
      select t.id, t.requester_contact_id as contact_id, t.solved_at, s.csat_quiet_days as quiet_days
      from ticket_settings s join tickets t on t.deleted_at is null and t.status_category = 'solved' and t.merged_into_id is null
        and t.solved_at > ${at} - make_interval(days => ${RATING_DAYS})
        and t.solved_at <= ${at} - make_interval(hours => s.csat_delay_hours)
      where s.csat_enabled and not exists (select from ticket_ratings r where r.ticket_id = t.id and r.cycle = t.reopen_count))
    select distinct on (f.contact_id) f.id from fresh f
    where exists (select from contact_emails e where e.contact_id = f.contact_id and e.active)
      and not exists (select from ticket_ratings r where r.contact_id = f.contact_id
        and r.asked_at > ${at} - make_interval(days => f.quiet_days))
    order by f.contact_id, f.solved_at limit ${AT_ONCE}`;
}

const askChunk = defineSystemVerb({
  name: 'askRatings',
  actor: 'system',
  retryOn: ['ticket_ratings_ticket_id_cycle_key'],
  load: (_input: null, { now }) => ({
    found: statement<TicketRow[]>(selectTickets().where(sql`${tickets.id} in (${dueIds(now)})`)) as Statement<
      TicketRow[]
    >,
  }),
  decide({ found }, _input, by) {
    const permit = systemPermit('tick');
    if (found.length === 0) return unchanged(permit, 0);
    return change({ ...mergeChanges(found.map((row) => ask(row, by))), permit, answer: found.length, audit: null });
  },
});

function ask(row: TicketRow, { ids, now, keys, deskUrl }: Deciding): Change<null> {
  const { ticket } = row;
  const ratingId = newId(ids, 'csat');
  const rating: NewRating = {
    id: ratingId,
    ticketId: ticket.id,
    cycle: ticket.reopenCount,
    contactId: ticket.requesterContactId,
    tokenHash: tokenDigest(ratingToken(keys, ratingId)),
    askedAt: now,
    expiresAt: new Date(now.getTime() + RATING_DAYS * DAY_MS),
    agentPrincipalId: ticket.assigneePrincipalId,
    teamId: ticket.assigneeTeamId ?? ticket.primaryTeamId,
  };
  return change({
    permit: systemPermit('tick'),
    answer: null,
    roots: [{ kind: 'update', table: tickets, what: 'ticket', loaded: ticket, set: {} }],
    writes: [overRows({ name: 'ratings', rank: 6 }, [rating], insertRatings)],
    audit: null,
    events: [
      event({
        type: 'ticket.rating_requested',
        entity: ticket.id,
        audience: 'internal',
        payload: { ticket: ticketReference(row, deskUrl), ratingId, cycle: ticket.reopenCount },
        ...placesOf(row),
      }),
    ],
  });
}

const insertRatings = (rows: readonly NewRating[]): Statement => statement(qb.insert(ticketRatings).values([...rows]));

export const placesOf = ({ ticket }: TicketRow) => ({
  inboxIds: ticket.inboxId === null ? [] : [ticket.inboxId],
  teamIds: [...new Set([ticket.primaryTeamId, ticket.assigneeTeamId])].filter((id) => id !== null),
});

/** Asks the customers of what was solved for a rating, each once a solution. Answers how many were asked. */
export async function askRatings(kernel: Kernel): Promise<number> {
  let total = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const asked = await runSystemVerb(kernel, askChunk, null, systemActor());
    total += asked;
    if (asked < AT_ONCE) break;
  }
  return total;
}
