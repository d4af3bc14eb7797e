import { inArray, isNull, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { MergeTicketsBody } from '#schema/api/ticket-life.ts';
import type { Ticket } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketParticipants, ticketShares, tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { ticketArm } from '#services/access/can.ts';
import { permitTicket } from '#services/access/permit.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { type Change, change, type Decision } from '#services/kernel/change.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb, type Loaded } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStatesQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from '#services/tickets/changed-since.ts';
import { crossedReplyQuery, requireNoCrossedReply } from '#services/tickets/crossed-reply.ts';
import { requireEditable, type TicketEditInput } from '#services/tickets/edit-ticket.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { defaultStatuses } from '#services/tickets/intake-queries.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { participantsOf } from '#services/tickets/participants.ts';
import { type Status, statusMove } from '#services/tickets/status-machine.ts';
import { factsOf, selectTickets, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';
import { ticketView } from '#services/tickets/ticket-view.ts';
import { requestersAsCc, takeIn } from './merge-target.ts';
import { rowChange } from './row-change.ts';

export type MergeTicketsInput = TicketEditInput & Omit<z.output<typeof MergeTicketsBody>, 'version'>;

/** Tickets that one may have taken in. */
const MOST_SOURCES = 50;

/** What a merge ends on a source and an unmerge brings back. */
export interface BeforeMerge {
  statusId: Id<'tstat'>;
  solvedAt: string | null;
  firstSolvedAt: string | null;
  customerWaitingSince: string | null;
  wakeAt: string | null;
  /** Tickets that had gone into the source before. */
  absorbed: Id<'tkt'>[];
}

const load = ({ ticketId, sourceIds, ifMatch, expectMessageSeq }: MergeTicketsInput) => ({
  ...ticketById(ticketId),
  since: changedSinceQuery(ticketId, ifMatch),
  crossed: crossedReplyQuery(ticketId, expectMessageSeq),
  sources: statement<TicketRow[]>(
    selectTickets().where(sql`${inArray(tickets.id, [...sourceIds])} and ${isNull(tickets.deletedAt)}`),
  ) as Statement<TicketRow[]>,
  sourceShares: statement(
    qb
      .select({ ticketId: ticketShares.ticketId, teamId: ticketShares.teamId, level: ticketShares.level })
      .from(ticketShares)
      .where(sql`${inArray(ticketShares.ticketId, [...sourceIds])} and ${isNull(ticketShares.revokedAt)}`),
  ),
  sourceParticipants: statement(
    qb
      .select({ ticketId: ticketParticipants.ticketId, principalId: ticketParticipants.principalId })
      .from(ticketParticipants)
      .where(inArray(ticketParticipants.ticketId, [...sourceIds])),
  ),
  absorbed: statement<TicketRow[]>(selectTickets().where(inArray(tickets.mergedIntoId, [...sourceIds]))) as Statement<
    TicketRow[]
  >,
  present: rows<{ id: string }>(
    sql`select id from tickets where merged_into_id = ${idToUuid(ticketId)}::uuid limit ${MOST_SOURCES + 1}`,
  ),
  seats: participantsOf(ticketId),
  defaults: defaultStatuses(),
  slaConfig: slaConfigQuery(),
  slaStates: slaStatesQuery(
    sql`select id from tickets where id in (${sql.join(
      [ticketId, ...sourceIds].map((id) => sql`${idToUuid(id)}::uuid`),
      sql`, `,
    )})`,
  ),
});

type LoadedMerge = Loaded<ReturnType<typeof load>>;

/**
 * Puts tickets into one. Messages are not moved: the thread of the target reads them where they were said, and a customer
 * sees no word of another. Chains have one step: what a source had taken in goes along.
 * @throws ServiceError not_found, forbidden, stale_version, conflict `ticket_merged`, `new_messages`, unprocessable
 *   `unknown_reference`, `merge_invalid`, `limit_reached`.
 */
export const mergeTickets = defineVerb({
  name: 'mergeTickets',
  permission: 'ticket.merge',
  load,
  decide(loaded, input: MergeTicketsInput, by): Decision<Ticket> {
    const { authority, now } = by;
    const facts = factsOf(loaded);
    const permit = permitTicket(authority, 'ticket.merge', facts);
    const target = loaded.ticket as TicketRow;
    requireEditable(target, input.ifMatch, loaded.since, authority);
    const sources = sourcesOf(loaded, input, authority);
    requireNoCrossedReply(loaded.crossed, target.ticket.messageSeq);
    const closed = loaded.defaults.find(({ category }) => category === 'closed');
    if (closed === undefined || facts === undefined) throw new TypeError('no default status of category closed');
    const joins = input.addRequesters ? requestersAsCc(target, sources, loaded.seats, by, actorOf(authority)) : [];
    const shared = { permit, cause: 'merge', slaCause: 'merged', action: 'ticket.merged' } as const;
    const sla = ({ ticket }: TicketRow) => ({
      config: loaded.slaConfig,
      state: loaded.slaStates.get(ticket.id) ?? null,
    });
    const changes: Change<TicketRow>[] = [
      takeIn(target, sources, { ...shared, sla: sla(target), joins }, by),
      ...sources.map((before) => {
        const absorbed = loaded.absorbed.filter(({ ticket }) => ticket.mergedIntoId === before.ticket.id);
        const into = { mergedIntoId: target.ticket.id, mergedAt: now };
        const remembers = { was: beforeMerge(before, absorbed) };
        const { set, status } = closing(before, closed, now);
        return rowChange({ ...shared, before, set: { ...set, ...into }, status, sla: sla(before), remembers }, by);
      }),
      ...loaded.absorbed.map((before) =>
        rowChange({ ...shared, before, set: { mergedIntoId: target.ticket.id }, sla: sla(before) }, by),
      ),
    ];
    const [first] = changes as [Change<TicketRow>];
    const merged = mergeChanges(changes);
    return change<Ticket>({
      ...merged,
      holds: [holdStatus(closed.id)],
      permit,
      answer: ticketView(first.answer, authority, facts),
      audit: {
        action: 'ticket.merged',
        target: { type: 'ticket', id: target.ticket.id, label: `#${target.ticket.number}` },
        changes: { sourceIds: sources.map(({ ticket }) => ticket.id), addRequesters: input.addRequesters },
      },
    });
  },
});

/** The sources in the order in which they were named, each checked like the target. */
function sourcesOf(loaded: LoadedMerge, { ticketId, sourceIds }: MergeTicketsInput, authority: Authority): TicketRow[] {
  const sources = sourceIds.map((id, i) => {
    const ticket = loaded.sources.find((each) => each.ticket.id === id);
    const facts = factsOf({
      ticket,
      shares: loaded.sourceShares.filter((each) => each.ticketId === id),
      participants: loaded.sourceParticipants.filter((each) => each.ticketId === id),
    });
    if (ticket === undefined || facts === undefined || ticketArm(authority, facts) === undefined)
      throw unknownReference(`/sourceIds/${i}`);
    permitTicket(authority, 'ticket.merge', facts);
    return ticket;
  });
  if (sourceIds.includes(ticketId) || new Set(sourceIds).size < sourceIds.length)
    throw invalid('A ticket is merged into another, and once.');
  for (const { ticket } of sources) {
    if (ticket.mergedIntoId !== null) {
      throw new ServiceError('conflict', `#${ticket.number} was merged already.`, { reason: 'ticket_merged' });
    }
  }
  if (loaded.present.length + sources.length + loaded.absorbed.length > MOST_SOURCES)
    throw invalid(`A ticket takes in at most ${MOST_SOURCES} others.`);
  return sources;
}

const invalid = (detail: string): ServiceError =>
  new ServiceError('unprocessable', detail, { reason: 'merge_invalid' });

function closing({ ticket, status }: TicketRow, closed: Status, now: Date) {
  if (ticket.statusCategory === 'closed') return { set: {}, status };
  const names = { name: closed.name, publicLabel: closed.publicLabel };
  return { set: statusMove(ticket, closed, now), status: names };
}

const beforeMerge = ({ ticket }: TicketRow, absorbed: readonly TicketRow[]): BeforeMerge => ({
  statusId: ticket.statusId,
  solvedAt: ticket.solvedAt?.toISOString() ?? null,
  firstSolvedAt: ticket.firstSolvedAt?.toISOString() ?? null,
  customerWaitingSince: ticket.customerWaitingSince?.toISOString() ?? null,
  wakeAt: ticket.wakeAt?.toISOString() ?? null,
  absorbed: absorbed.map((each) => each.ticket.id),
});
