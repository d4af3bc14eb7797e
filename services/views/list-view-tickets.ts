import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { seesShared } from '#services/access/sharing.ts';
import { unchanged } from '#services/kernel/change.ts';
import { requireCursor } from '#services/kernel/cursor.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { type FoundRow, listLoad, type TicketPage, ticketPage, tooBroad } from '#services/tickets/list-tickets.ts';
import { type FoundView, filterOfView, viewById } from './view-queries.ts';

export interface ListViewTicketsInput {
  viewId: Id<'view'>;
  limit: number;
  cursor: string | undefined;
}

/**
 * The list that a view stands for, as the caller sees it. Two round trips: its filter decides the statement of the list.
 * @throws ServiceError not_found; as `listTickets`.
 */
export const listViewTickets = defineRead({
  name: 'listViewTickets',
  permission: TICKET_VIEWS,
  load: ({ viewId, cursor }: ListViewTicketsInput, { keys }) => {
    // Of which list it is, only the view can tell; that it is ours needs no database.
    if (cursor !== undefined) requireCursor(keys, cursor);
    return { found: viewById(viewId) };
  },
  loadMore({ found: [found] }, input, at) {
    if (found === undefined || !seesShared(at.authority, 'view.manage', found.view)) return {};
    const { found: rows, ...before } = listLoad(pageInput(found, input), at, operationOf(input));
    return { ...before, rows };
  },
  whenTooSlow: tooBroad,
  decide(loaded, input, { authority, keys }) {
    const [found] = loaded.found;
    const permit = permitShared(authority, 'view.manage', found?.view, 'see');
    if (found === undefined) throw notFound();
    const { rows } = loaded as unknown as { rows: FoundRow[] };
    return unchanged<TicketPage>(permit, ticketPage(rows, pageInput(found, input), keys, operationOf(input)));
  },
});

const pageInput = ({ view }: FoundView, { limit, cursor }: ListViewTicketsInput) => ({
  filter: filterOfView(view),
  limit,
  cursor,
});
const operationOf = ({ viewId }: ListViewTicketsInput): string => `listViewTickets ${viewId}`;
