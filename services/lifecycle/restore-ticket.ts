import { sql } from 'drizzle-orm';
import type { Ticket } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { ticketDenial } from '#services/access/can.ts';
import { permitTicket } from '#services/access/permit.ts';
import { change, type Decision } from '#services/kernel/change.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from '#services/tickets/changed-since.ts';
import { causeOf, requireEditable, type TicketEditInput } from '#services/tickets/edit-ticket.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { defaultStatuses } from '#services/tickets/intake-queries.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import type { Status } from '#services/tickets/status-machine.ts';
import { factsOf, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketView } from '#services/tickets/ticket-view.ts';
import { anyTicketById, mergedInto } from './merged-rows.ts';
import { type RowMove, rowChange } from './row-change.ts';

/**
 * Brings a ticket back from the trash, with those that went there with it. A status that was deleted meanwhile becomes the
 * default of its category, an assignee who left is nobody.
 * @throws ServiceError not_found, forbidden, stale_version, conflict `not_deleted`, `ticket_merged`.
 */
export const restoreTicket = defineVerb({
  name: 'restoreTicket',
  permission: 'ticket.restore',

  load: ({ ticketId, ifMatch }: TicketEditInput) => ({
    ...anyTicketById(ticketId),
    since: changedSinceQuery(ticketId, ifMatch),
    sources: mergedInto(
      ticketId,
      sql`${tickets.deletedAt} = (select t.deleted_at from tickets t where t.id = ${idToUuid(ticketId)}::uuid)`,
    ),
    goneStatuses: goneStatusesQuery(),
    goneMembers: goneMembersQuery(ticketId),
    defaults: defaultStatuses(),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),

  decide(loaded, { ifMatch }, by): Decision<Ticket> {
    const facts = factsOf(loaded);
    const target = loaded.ticket as TicketRow;
    // Whoever may not restore does not learn that there is something in the trash.
    const hidden =
      facts !== undefined &&
      target.ticket.deletedAt !== null &&
      ticketDenial(by.authority, 'ticket.restore', facts) !== undefined;
    const permit = permitTicket(by.authority, 'ticket.restore', hidden ? undefined : facts);
    requireEditable(target, ifMatch, loaded.since, by.authority);
    requireDeleted(target);
    const changes = [target, ...loaded.sources].map((before) => {
      const sla = { config: loaded.slaConfig, state: before === target ? loaded.slaState : null };
      return rowChange({ ...restoration(before, loaded), permit, before, cause: causeOf(by.authority), sla }, by);
    });
    const [first] = changes;
    if (first === undefined || facts === undefined) throw new TypeError('nothing to restore');
    return change<Ticket>({
      ...mergeChanges(changes),
      permit,
      answer: ticketView(first.answer, by.authority, facts),
      audit: first.audit,
    });
  },
});

/** @throws ServiceError conflict `not_deleted`. */
export function requireDeleted({ ticket }: TicketRow): void {
  if (ticket.deletedAt === null)
    throw new ServiceError('conflict', 'This ticket is not deleted.', { reason: 'not_deleted' });
}

/** What may have gone while tickets lay in the trash, and what takes its place. */
interface Gone {
  goneStatuses: readonly Id<'tstat'>[];
  goneMembers: readonly (Id<'prin'> | null)[];
  defaults: readonly Status[];
}

/** What a restoration does to a row, and the status that it leans on. */
export function restoration(before: TicketRow, gone: Gone): RowMove {
  const status = replaced(before, gone);
  const person = before.ticket.assigneePrincipalId;
  const left = person !== null && gone.goneMembers.includes(person);
  return {
    set: {
      deletedAt: null,
      ...(status === undefined ? {} : { statusId: status.id }),
      ...(left ? { assigneePrincipalId: null } : {}),
    },
    ...(status === undefined ? {} : { status: { name: status.name, publicLabel: status.publicLabel } }),
    holds: status === undefined ? [] : [holdStatus(status.id)],
    slaCause: 'restored',
    action: 'ticket.restored',
  };
}

/** What stands for a status that is gone. */
function replaced({ ticket }: TicketRow, { goneStatuses, defaults }: Gone): Status | undefined {
  if (!goneStatuses.includes(ticket.statusId)) return undefined;
  return defaults.find(({ category }) => category === ticket.statusCategory);
}

/** Assignees of a ticket and of what was merged into it who are on the staff no more: what is in the trash keeps them. */
function goneMembersQuery(ticketId: Id<'tkt'>): Statement<Id<'prin'>[]> {
  const id = sql`${idToUuid(ticketId)}::uuid`;
  const query = rows<{ id: Id<'prin'> }>(sql`select to_typeid('prin', p.id) as id from principal p
    where p.member_state = 'removed' and p.id in (select assignee_principal_id from tickets where id = ${id} or merged_into_id = ${id})`);
  return { ...query, read: (result) => query.read(result).map((row) => row.id) };
}

/** The statuses that were deleted: tickets in the trash may still have them. */
export function goneStatusesQuery(): Statement<Id<'tstat'>[]> {
  const query = rows<{ id: Id<'tstat'> }>(
    sql`select to_typeid('tstat', id) as id from ticket_statuses where deleted_at is not null`,
  );
  return { ...query, read: (result) => query.read(result).map(({ id }) => id) };
}
