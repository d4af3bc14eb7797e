import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { seesShared } from '#services/access/sharing.ts';
import { unchanged } from '#services/kernel/change.ts';
import { requireCursor } from '#services/kernel/cursor.ts';
import { defineRead, type Loading } from '#services/kernel/verb.ts';
import { isFurtherOn, listLoad, type TicketPage, ticketPage, tooBroad } from '#services/tickets/list-tickets.ts';
import { loadAgainOfView, loadOfView } from './of-view.ts';

export interface ListViewTicketsInput {
  viewId: Id<'view'>;
  limit: number;
  cursor: string | undefined;
}

/**
 * The list that a view stands for, as the caller sees it. Two round trips where the process has not met the view as it is.
 * @throws ServiceError not_found; as `listTickets`.
 */
export const listViewTickets = defineRead({
  name: 'listViewTickets',
  permission: TICKET_VIEWS,
  load: (input: ListViewTicketsInput, at) => {
    // Of which list it is, only the view can tell; that it is ours needs no database.
    if (input.cursor !== undefined) requireCursor(at.keys, input.cursor);
    const mayBe = (filter: TicketFilter): boolean => isFurtherOn({ ...input, filter }, at.keys, operationOf(input));
    return loadOfView(input.viewId, pageBy(input, at), mayBe);
  },
  loadMore({ found: [found], of }, input, at) {
    if (found === undefined || !seesShared(at.authority, 'view.manage', found.view)) return {};
    return loadAgainOfView(found, of, pageBy(input, at));
  },
  whenTooSlow: tooBroad,
  decide({ found: [found], of }, input, { authority, keys }) {
    const permit = permitShared(authority, 'view.manage', found?.view, 'see');
    if (of === undefined) throw notFound();
    const page = ticketPage(of.result, { ...input, filter: of.filter }, { authority, keys }, operationOf(input));
    return unchanged<TicketPage>(permit, page);
  },
});

const pageBy = (input: ListViewTicketsInput, at: Loading) => (filter: TicketFilter) => {
  const { hints, found } = listLoad({ ...input, filter }, at, operationOf(input));
  return { hints, result: found };
};
const operationOf = ({ viewId }: ListViewTicketsInput): string => `listViewTickets ${viewId}`;
