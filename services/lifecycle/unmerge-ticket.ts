import { and, desc, eq, sql } from 'drizzle-orm';
import type { Ticket } from '#schema/api/tickets.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketActivity, tickets } from '#schema/index.ts';
import { ticketArm } from '#services/access/can.ts';
import { notFound, permitTicket } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion } from '#services/kernel/version-guard.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from '#services/tickets/changed-since.ts';
import { causeOf, type TicketEditInput } from '#services/tickets/edit-ticket.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { defaultStatuses, statusQuery } from '#services/tickets/intake-queries.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { isActiveCategory } from '#services/tickets/status-machine.ts';
import { factsOf, type TicketRow, ticketById, ticketQueries } from '#services/tickets/ticket-queries.ts';
import { ticketSummary, ticketView } from '#services/tickets/ticket-view.ts';
import type { BeforeMerge } from './merge-tickets.ts';
import { mergedInto } from './merged-rows.ts';
import { goneStatusesQuery } from './restore-ticket.ts';
import { rowChange } from './row-change.ts';

/**
 * Takes a merged ticket out again: its old status, clocks and documents, and what had gone into it before. People who came
 * along stay with the target.
 * @throws ServiceError not_found, forbidden, stale_version.
 */
export const unmergeTicket = defineVerb({
  name: 'unmergeTicket',
  permission: 'ticket.merge',

  load({ ticketId, ifMatch }: TicketEditInput) {
    const targetId = sql`(select s.merged_into_id from tickets s where s.id = ${idToUuid(ticketId)}::uuid)`;
    const into = ticketQueries(sql`${tickets.id} = ${targetId}`, targetId);
    return {
      ...ticketById(ticketId),
      since: changedSinceQuery(ticketId, ifMatch),
      target: into.ticket,
      targetShares: into.shares,
      targetParticipants: into.participants,
      entries: statement(
        qb
          .select({ data: ticketActivity.data })
          .from(ticketActivity)
          .where(
            and(
              eq(ticketActivity.ticketId, ticketId),
              eq(ticketActivity.type, 'merged'),
              sql`${ticketActivity.data} ? 'was'`,
            ),
          )
          .orderBy(desc(ticketActivity.revision))
          .limit(1),
      ),
      statuses: statement(statusQuery()),
      goneStatuses: goneStatusesQuery(),
      defaults: defaultStatuses(),
      siblings: mergedInto(targetId),
      slaConfig: slaConfigQuery(),
      slaState: slaStateQuery(ticketId),
      targetSla: slaStateQuery(targetId),
    };
  },

  decide(loaded, { ifMatch }, by): Decision<Ticket> {
    const { authority } = by;
    const facts = factsOf(loaded);
    const permit = permitTicket(authority, 'ticket.merge', facts);
    const before = loaded.ticket as TicketRow;
    if (facts === undefined) throw notFound();
    requireVersion(ifMatch, before.ticket.version, ticketSummary(before, authority), { changedSince: loaded.since });
    const { target } = loaded;
    if (target === undefined) return unchanged(permit, ticketView(before, authority, facts));
    const targetFacts = factsOf({
      ticket: target,
      shares: loaded.targetShares,
      participants: loaded.targetParticipants,
    });
    if (targetFacts === undefined || ticketArm(authority, targetFacts) === undefined) throw notFound();
    permitTicket(authority, 'ticket.merge', targetFacts);
    const was = loaded.entries[0]?.data.was as BeforeMerge | undefined;
    const old = loaded.statuses.find(({ id }) => id === (was?.statusId ?? before.ticket.statusId));
    const status =
      old !== undefined && loaded.goneStatuses.includes(old.id)
        ? loaded.defaults.find(({ category }) => category === old.category)
        : old;
    if (status === undefined) throw new TypeError('no default status of category closed');
    const cameAlong = ({ ticket }: TicketRow) =>
      was?.absorbed.includes(ticket.id) === true && Number(ticket.mergedAt) <= Number(before.ticket.mergedAt);
    const back = loaded.siblings.filter(cameAlong);
    const shared = { permit, cause: causeOf(authority), action: 'ticket.updated' } as const;
    const quiet = { config: loaded.slaConfig, state: null };
    const source = rowChange(
      {
        ...shared,
        before,
        set: { ...stateBack(before, status, was), mergedIntoId: null, mergedAt: null },
        status: { name: status.name, publicLabel: status.publicLabel },
        slaCause: 'unmerged',
        sla: { config: loaded.slaConfig, state: loaded.slaState },
      },
      by,
    );
    const changes = [
      source,
      ...back.map((row) =>
        rowChange(
          { ...shared, before: row, set: { mergedIntoId: before.ticket.id }, slaCause: 'merged', sla: quiet },
          by,
        ),
      ),
      rowChange(
        {
          ...shared,
          before: target,
          set: {},
          slaCause: 'fields',
          sla: { config: loaded.slaConfig, state: loaded.targetSla },
          activity: [
            {
              ticketId: target.ticket.id,
              revision: target.ticket.revision + 1,
              version: null,
              type: 'unmerged',
              audience: 'internal',
              cause: shared.cause,
              data: { sourceIds: [before.ticket.id] },
            },
          ],
        },
        by,
      ),
    ];
    const merged = mergeChanges(changes);
    return change<Ticket>({
      ...merged,
      holds: [holdStatus(status.id)],
      permit,
      answer: ticketView(source.answer, authority, facts),
      audit: source.audit,
    });
  },
});

/** The instants of the status that it had. */
function stateBack(
  { ticket }: TicketRow,
  status: { id: Id<'tstat'>; category: TicketRow['ticket']['statusCategory'] },
  was: BeforeMerge | undefined,
): Partial<TicketRow['ticket']> {
  if (was === undefined) return {};
  const at = (text: string | null): Date | null => (text === null ? null : new Date(text));
  const active = isActiveCategory(status.category);
  const waits = status.category === 'pending' || status.category === 'on_hold';
  return {
    statusId: status.id,
    statusCategory: status.category,
    isActive: active,
    solvedAt: active ? null : (at(was.solvedAt) ?? ticket.solvedAt),
    firstSolvedAt: at(was.firstSolvedAt),
    closedAt: status.category === 'closed' ? ticket.closedAt : null,
    customerWaitingSince: active ? at(was.customerWaitingSince) : null,
    wakeAt: waits ? at(was.wakeAt) : null,
  };
}
